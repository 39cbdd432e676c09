import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { readSettings, Settings } from '@packhouse/config';
import { DomainError } from '@packhouse/kernel';
import { StartError } from '@packhouse/runtime';
import { commandLineSettings } from '../command-line-settings';
import { askPassword } from './ask-password';

/** Where the instance is and how to sign in; options of the command line win over the environment. */
export interface ConnectionOptions {
  readonly url?: string;
  readonly token?: string;
  readonly login?: string;
  readonly otp?: string;
}

export type ApiAnswer = Record<string, unknown>;

/** Calls the APIs of a running instance as whoever runs the command. */
export class ApiClient {
  private constructor(
    private readonly url: string,
    private readonly headers: Readonly<Record<string, string>>,
  ) {}

  static async connect(options: ConnectionOptions): Promise<ApiClient> {
    const { server } = Settings.load(process.env).values;
    const url = options.url?.replace(/\/+$/, '') ?? server.publicUrl ?? `http://127.0.0.1:${server.port}`;
    if (!URL.canParse(url))
      throw new StartError(`"${url}" is not a URL: say it as in --url http://127.0.0.1:4880.`);
    const otp: Record<string, string> = options.otp ? { 'x-packhouse-otp': options.otp } : {};
    return new ApiClient(url, { authorization: await authorizationOf(options), ...otp });
  }

  /** Gives the parsed answer. Refusals of the instance are thrown with its own sentence. */
  async call(method: string, path: string, body?: object): Promise<ApiAnswer> {
    return (await this.ask(method, path, body)).parsed;
  }

  /** Everything on all pages of a list, whichever way its API pages. */
  async list(path: string): Promise<unknown[]> {
    const items: unknown[] = [];
    for await (const page of this.pages(path)) items.push(...page);
    return items;
  }

  /** The pages of a list, each asked for when the one before was taken. */
  async *pages(path: string): AsyncGenerator<readonly unknown[]> {
    let next: string | null = path;
    do {
      const { parsed, link } = await this.ask('GET', next);
      if (Array.isArray(parsed)) {
        yield parsed as unknown[];
        next = nextLink(link);
      } else {
        const page = parsed as { items?: unknown[]; next?: string | null; after?: string | null };
        yield page.items ?? [];
        next = nextOf(path, page);
      }
    } while (next !== null);
  }

  /** Writes an answer as it comes. */
  async pass(path: string, output: NodeJS.WritableStream): Promise<void> {
    const answer = await this.send('GET', path, undefined);
    if (!answer.ok || !answer.body) {
      const parsed = parseObject(await answer.text());
      throw new StartError(parsed ? sentenceOf(parsed) : `${this.url} answered with HTTP ${answer.status}.`);
    }
    await pipeline(Readable.fromWeb(answer.body), output, { end: false });
  }

  private async ask(
    method: string,
    path: string,
    body?: object,
  ): Promise<{ parsed: ApiAnswer; link: string | null }> {
    const answer = await this.send(method, path, body);
    const text = await answer.text();
    const parsed = parseObject(text);
    if (answer.ok && parsed) return { parsed, link: answer.headers.get('link') };
    if (!answer.ok && typeof parsed?.message === 'string') throw new StartError(sentenceOf(parsed));
    throw new StartError(
      `${this.url} answered with HTTP ${answer.status} and not as Packhouse does: check the URL.`,
    );
  }

  private async send(method: string, path: string, body: object | undefined): Promise<Response> {
    try {
      return await fetch(`${this.url}${path.startsWith('/api/') ? path : `/api/packhouse/v1${path}`}`, {
        method,
        headers: { ...this.headers, ...(body ? { 'content-type': 'application/json' } : {}) },
        body: body && JSON.stringify(body),
      });
    } catch (cause) {
      const sentence = `No Packhouse answers at ${this.url}: start it, or say where it is with --url or PACKHOUSE_URL.`;
      throw new DomainError('unavailable', sentence, {}, { cause });
    }
  }
}

/** GitHub's shape says in `errors` what is wrong with the request. */
function sentenceOf({ message, errors }: ApiAnswer): string {
  const faults = Array.isArray(errors) ? (errors as Array<{ field?: string; message?: string }>) : [];
  const details = faults.flatMap((fault) =>
    fault.message ? [[fault.field, fault.message].filter(Boolean).join(': ')] : [],
  );
  return details.length > 0 && message === 'Validation Failed' ? `${details.join('; ')}.` : String(message);
}

/** Only the path of a link is followed: the credential goes to the instance that was asked and nowhere else. */
function nextLink(header: string | null): string | null {
  const target = /<([^>]+)>; *rel="next"/.exec(header ?? '')?.[1];
  if (target === undefined) return null;
  const { pathname, search } = new URL(target, 'http://instance');
  return pathname.slice(pathname.indexOf('/api/')) + search;
}

/** Our own lists say where they go on in `next` or `after`. */
function nextOf(
  path: string,
  { next, after }: { next?: string | null; after?: string | null },
): string | null {
  const [name, place] = next ? ['cursor', next] : ['after', after];
  return place ? `${path}${path.includes('?') ? '&' : '?'}${name}=${encodeURIComponent(place)}` : null;
}

/** A name as a path segment. */
export function segment(name: string): string {
  return encodeURIComponent(name);
}

async function authorizationOf(options: ConnectionOptions): Promise<string> {
  const settings = readSettings(commandLineSettings, process.env);
  // A login on the command line means a password, also where the environment has a token.
  const token = options.token ?? (options.login === undefined ? settings.token : undefined);
  if (token !== undefined) return `Bearer ${token}`;
  const login = options.login ?? settings.login;
  if (login === undefined) {
    throw new StartError(
      'Say who you are: --token or PACKHOUSE_TOKEN, or --login or PACKHOUSE_LOGIN with a password.',
    );
  }
  const password = settings.password ?? (await askPassword(`Password of ${login}: `));
  return `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`;
}

function parseObject(text: string): ApiAnswer | null {
  if (text === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as ApiAnswer) : null;
  } catch {
    return null;
  }
}
