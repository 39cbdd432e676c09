import { request as requestHttp, type Agent, type IncomingHttpHeaders } from 'node:http';

/** Who asks; without an account a stranger does. */
export interface OciAccount {
  readonly login: string;
  /** A token of the account, or its password. */
  readonly secret: string;
}

export interface OciAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The body as text. */
  readonly text: string;
  /** The codes of an error body, in order; empty for other bodies. */
  readonly codes: readonly string[];
  json<T = Record<string, unknown>>(): T;
}

/** A body is sent whole with its length, or in chunks of an unknown number of bytes. */
export type OciBody = Buffer | string | AsyncIterable<Buffer>;

export interface OciRequest {
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: OciBody;
  /** Sent as it is; no token is asked for, and no second try follows a refusal. */
  readonly authorization?: string | null;
}

export interface OciChallenge {
  readonly realm: string;
  readonly service: string;
  readonly scope: string;
  readonly error: string;
}

export interface RawRequest extends OciRequest {
  readonly method: string;
  /** Base address; only its host and port are used. */
  readonly url: string;
  /** Path and query, sent as it is written: nothing is normalised. */
  readonly path: string;
  readonly agent?: Agent;
}

/** One request as bytes on a wire, for what no client would send. */
export function sendRaw({ method, url, path, headers, body, agent }: RawRequest): Promise<OciAnswer> {
  const { hostname, port } = new URL(url);
  const whole = typeof body === 'string' || Buffer.isBuffer(body) ? Buffer.from(body) : undefined;
  const length = whole ? { 'content-length': whole.length } : {};
  return new Promise((resolve, reject) => {
    const outgoing = requestHttp(
      { method, hostname, port, path, agent, headers: { ...length, ...headers } },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk)).once('error', reject);
        incoming.once('end', () => {
          // refused before everything was sent: what is left of the body is not, and the connection is of no more use
          if (!outgoing.writableFinished) outgoing.destroy();
          resolve(describeAnswer(incoming.statusCode ?? 0, incoming.headers, Buffer.concat(chunks)));
        });
      },
    );
    // a server that refuses early closes while the body is still being sent: the answer counts, if there is one
    outgoing.once('error', reject);
    if (whole || body === undefined) outgoing.end(whole);
    else void sendChunks(outgoing, body as AsyncIterable<Buffer>).catch(reject);
  });
}

async function sendChunks(
  outgoing: ReturnType<typeof requestHttp>,
  body: AsyncIterable<Buffer>,
): Promise<void> {
  for await (const chunk of body) {
    if (outgoing.destroyed || outgoing.writableEnded) return;
    if (!outgoing.write(chunk)) await drain(outgoing);
  }
  outgoing.end();
}

function drain(outgoing: ReturnType<typeof requestHttp>): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      outgoing.off('drain', go).off('close', go);
      resolve();
    };
    outgoing.once('drain', go).once('close', go);
  });
}

function describeAnswer(status: number, headers: IncomingHttpHeaders, body: Buffer): OciAnswer {
  // Most bodies are layers, which nobody reads as text.
  return {
    status,
    headers,
    body,
    get text() {
      return body.toString('utf8');
    },
    get codes() {
      return readCodes(body);
    },
    json: <T>() => JSON.parse(body.toString('utf8')) as T,
  };
}

function readCodes(body: Buffer): string[] {
  if (!body.subarray(0, 9).equals(Buffer.from('{"errors"'))) return [];
  const { errors } = JSON.parse(body.toString('utf8')) as { errors: { code: string }[] };
  return errors.map(({ code }) => code);
}

/** What a `WWW-Authenticate: Bearer …` header asks for; null for any other. */
export function readChallenge(header: string | undefined): OciChallenge | null {
  if (!header?.startsWith('Bearer ')) return null;
  const of = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(header)?.[1] ?? '';
  return { realm: of('realm'), service: of('service'), scope: of('scope'), error: of('error') };
}

const basicOf = ({ login, secret }: OciAccount) =>
  `Basic ${Buffer.from(`${login}:${secret}`).toString('base64')}`;

/**
 * A registry as somebody without a client: sends any request, and gets tokens as clients do: after a 401, for the
 * scope of the challenge. Paths are sent as they are written.
 */
export class OciHttp {
  private readonly tokens = new Map<string, string>();

  constructor(
    /** Base address of the registry, without `/v2`. */
    readonly url: string,
    readonly account: OciAccount | null = null,
    private readonly agent?: Agent,
  ) {}

  /** The same registry as somebody else. */
  as(account: OciAccount | null): OciHttp {
    return new OciHttp(this.url, account, this.agent);
  }

  /**
   * Sends a request; a 401 with a challenge is followed by a token and another try, unless the body is a stream. Where
   * the token turns out too narrow there is one more, as clients do for a mount from another repository.
   */
  async send(method: string, path: string, options: OciRequest = {}): Promise<OciAnswer> {
    const { authorization, ...rest } = options;
    if (authorization !== undefined) {
      const headers = { ...rest.headers, ...(authorization === null ? {} : { authorization }) };
      return sendRaw({ ...rest, headers, method, path, url: this.url, agent: this.agent });
    }
    const key = keyOf(method, path);
    let answer = await this.send(method, path, { ...rest, authorization: this.bearerFor(key) });
    for (let tries = 0; answer.status === 401 && !isStream(rest.body) && tries < 2; tries += 1) {
      const challenge = readChallenge(answer.headers['www-authenticate']);
      if (!challenge || (tries > 0 && challenge.error !== 'insufficient_scope')) return answer;
      const { scope, realm, service } = challenge;
      const token = await this.fetchToken(scope ? [scope] : [], realm, service);
      if (token.status !== 200) return token;
      this.tokens.set(key, token.json<{ token: string }>().token);
      answer = await this.send(method, path, { ...rest, authorization: this.bearerFor(key) });
    }
    return answer;
  }

  private bearerFor(key: string): string | null {
    const token = this.tokens.get(key);
    return token === undefined ? null : `Bearer ${token}`;
  }

  /** The token endpoint's answer for these scopes. */
  async fetchToken(scopes: readonly string[], realm?: string, service?: string): Promise<OciAnswer> {
    if (realm === undefined) {
      const answer = await this.send('GET', '/v2/', { authorization: null });
      const challenge = readChallenge(answer.headers['www-authenticate']);
      if (!challenge) throw new Error(`${this.url}/v2/ answered ${answer.status} without a challenge`);
      return this.fetchToken(scopes, challenge.realm, service ?? challenge.service);
    }
    const query = new URLSearchParams({ service: service ?? '' });
    for (const scope of scopes) query.append('scope', scope);
    if (this.account) query.append('account', this.account.login);
    const { pathname } = new URL(realm);
    const headers: Record<string, string> = this.account ? { authorization: basicOf(this.account) } : {};
    return sendRaw({ method: 'GET', url: realm, path: `${pathname}?${query.toString()}`, headers });
  }

  /** A bearer token with these scopes, as far as they are granted. */
  async getToken(...scopes: string[]): Promise<string> {
    const answer = await this.fetchToken(scopes);
    if (answer.status !== 200) throw new Error(`No token: HTTP ${answer.status} ${answer.text}`);
    return answer.json<{ token: string }>().token;
  }

  /** Gets the token for pushes to this repository, so that a stream can be sent at the first try. */
  async prepare(name: string): Promise<void> {
    const path = `/v2/${name}/blobs/uploads/`;
    this.tokens.set(keyOf('POST', path), await this.getToken(`repository:${name}:pull,push`));
  }
}

const isStream = (body: OciBody | undefined) =>
  body !== undefined && typeof body !== 'string' && !Buffer.isBuffer(body);

/** Tokens are kept by repository and kind of request, as clients keep them. */
function keyOf(method: string, path: string): string {
  const name = /^\/v2\/(.+?)\/(?:blobs|manifests|tags|referrers)\//.exec(path)?.[1] ?? path;
  const mount = /[?&]from=[^&]*/.exec(path)?.[0] ?? '';
  const kind = method === 'GET' || method === 'HEAD' ? 'read' : method === 'DELETE' ? 'delete' : 'write';
  return `${kind} ${name} ${mount}`;
}

/** The path and query of a `Location`, whether it is absolute or not. */
export function pathOf(location: string | undefined): string {
  if (!location) throw new Error('The answer has no Location.');
  return location.startsWith('/') ? location : location.replace(/^https?:\/\/[^/]+/, '');
}
