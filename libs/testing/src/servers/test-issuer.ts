import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';

interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

export interface SignOptions {
  /** Seconds since 1970; default: now by this machine's clock. */
  readonly now?: number;
  /** Claims that override the usual ones; undefined leaves one out. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly kid?: string;
}

/** An OpenID Connect issuer of a test's own: gives out ID tokens as a CI system does, and misbehaves when told to. */
export class TestIssuer {
  /** Paths that were asked for, in order. */
  readonly requests: string[] = [];
  /** Answers something else than it should; undefined: as it should. */
  misbehave: ((path: string, answer: ServerResponse) => boolean) | undefined;
  private readonly keys: SigningKey[] = [];
  private count = 0;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<TestIssuer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const issuer = new TestIssuer(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', (request: IncomingMessage, answer: ServerResponse) => issuer.serve(request, answer));
    await issuer.rotate();
    return issuer;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  /** Signs with a new key from now on; unless `keepOld`, the old ones are named no more. */
  async rotate({ alg = 'RS256', keepOld = false }: { alg?: string; keepOld?: boolean } = {}): Promise<void> {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
    const kid = `key-${++this.count}`;
    if (!keepOld) this.keys.length = 0;
    this.keys.unshift({
      kid,
      alg,
      privateKey,
      publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' },
    });
  }

  get publicJwk(): JWK {
    return this.current.publicJwk;
  }

  /** An ID token for `audience`, good for five minutes. */
  sign(
    audience: string,
    { now = Math.floor(Date.now() / 1000), claims = {}, kid }: SignOptions = {},
  ): Promise<string> {
    const { alg, privateKey, kid: ownKid } = this.current;
    const usual = {
      iss: this.url,
      aud: audience,
      iat: now,
      nbf: now,
      exp: now + 300,
      jti: `id-${++this.count}`,
    };
    return new SignJWT({ ...usual, ...claims })
      .setProtectedHeader({ alg, kid: kid ?? ownKid, typ: 'JWT' })
      .sign(privateKey);
  }

  private get current(): SigningKey {
    const [key] = this.keys;
    if (!key) throw new Error('The issuer has no key.');
    return key;
  }

  private serve(request: IncomingMessage, answer: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url);
    this.requests.push(pathname);
    if (this.misbehave?.(pathname, answer)) return;
    if (pathname === '/.well-known/openid-configuration')
      return sendJson(answer, { issuer: this.url, jwks_uri: `${this.url}/keys` });
    if (pathname === '/keys') return sendJson(answer, { keys: this.keys.map(({ publicJwk }) => publicJwk) });
    // As GitHub's runner does for a job: the audience is asked for, the claims are those of the job.
    if (pathname === '/job-token') return void this.serveJob(answer, searchParams.get('audience') ?? '');
    answer.writeHead(404).end();
  }

  /** Claims of the job that asks at `/job-token`. */
  jobClaims: Readonly<Record<string, unknown>> = {};

  private async serveJob(answer: ServerResponse, audience: string): Promise<void> {
    sendJson(answer, { value: await this.sign(audience, { claims: this.jobClaims }) });
  }
}

function sendJson(answer: ServerResponse, body: unknown): void {
  answer.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
