import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';

export interface PageAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** What a browser does for pages: keeps cookies, sends forms with the origin of the page that they are on. Follows no redirect. */
export class Browser {
  /** By name, as they are sent along. */
  readonly cookies = new Map<string, string>();
  /** `Set-Cookie` of the last answer, whole. */
  lastCookie = '';

  constructor(readonly url: string) {}

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<PageAnswer> {
    return this.send('GET', path, headers);
  }

  /** A form that a page of this instance sends; `headers` of undefined are left out. */
  post(
    path: string,
    fields: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string | undefined>> = {},
  ): Promise<PageAnswer> {
    const all = { origin: this.url, 'content-type': 'application/x-www-form-urlencoded', ...headers };
    const sent = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return this.send('POST', path, Object.fromEntries(sent), new URLSearchParams(fields).toString());
  }

  signIn(
    login: string,
    password: string,
    fields: Readonly<Record<string, string>> = {},
  ): Promise<PageAnswer> {
    return this.post('/login', { login, password, ...fields });
  }

  /** By node's own client: `fetch` does not let a test say where a request comes from. */
  send(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body?: string,
  ): Promise<PageAnswer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const all = { ...(cookie === '' ? {} : { cookie }), ...headers };
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(`${this.url}${path}`, { method, headers: all }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          this.keep(answer.headers['set-cookie'] ?? []);
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text });
        });
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  private keep(given: readonly string[]): void {
    for (const cookie of given) {
      this.lastCookie = cookie;
      const [pair = ''] = cookie.split(';');
      const [name = '', value = ''] = pair.split('=');
      if (/max-age=0/i.test(cookie)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
  }
}

/** The value of a hidden field on a page. */
export function hiddenField(page: string, name: string): string {
  return new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1] ?? '';
}
