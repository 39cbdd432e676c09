import { execFileSync } from 'node:child_process';
import { createPrivateKey, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { makeTemporaryFolder } from '../processes/temporary-folder';

interface Account {
  readonly password: string;
  readonly owners: readonly string[];
}

interface Grant {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

/**
 * A token service for a registry that has none: gives the actions that an account has on what its owners own, and
 * `pull` to everybody on what was made public. Refuses wrong passwords, never a lack of rights.
 */
export class TokenIssuer {
  readonly service = 'known-registry';
  readonly name = 'token-issuer';
  private readonly accounts = new Map<string, Account>();
  private readonly open = new Set<string>();

  private constructor(
    private readonly server: Server,
    readonly url: string,
    private readonly folder: string,
  ) {}

  static async start(): Promise<TokenIssuer> {
    const folder = makeTemporaryFolder('token-issuer');
    const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')];
    const kind = ['-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=token-issuer'];
    execFileSync('openssl', ['req', '-x509', ...kind, ...files], { stdio: 'ignore' });
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const issuer = new TokenIssuer(server, url, folder);
    server.on('request', (request: IncomingMessage, answer: ServerResponse) => {
      issuer.serve(request, answer).catch((error: unknown) => answer.writeHead(500).end(String(error)));
    });
    return issuer;
  }

  get certificateFile(): string {
    return join(this.folder, 'cert.pem');
  }

  addAccount(login: string, password: string, owners: readonly string[]): void {
    this.accounts.set(login, { password, owners });
  }

  /** Everybody may pull from this repository from now on. */
  makePublic(name: string): void {
    this.open.add(name);
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async serve(request: IncomingMessage, answer: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    const { searchParams } = new URL(request.url ?? '/', this.url);
    const [login, password] = readCredentials(request, form);
    const account = login === null ? null : (this.accounts.get(login) ?? null);
    if (login !== null && account?.password !== password) {
      const errors = [{ code: 'UNAUTHORIZED', message: 'wrong user name or password', detail: null }];
      answer.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify({ errors }));
      return;
    }
    const scopes = [...searchParams.getAll('scope'), ...form.getAll('scope')].flatMap((text) =>
      text.split(' '),
    );
    const access = scopes.filter((scope) => scope !== '').map((scope) => this.decide(scope, account));
    const token = await this.sign(
      login ?? '',
      access.filter(({ actions }) => actions.length > 0),
    );
    const body = { token, access_token: token, expires_in: 300 };
    answer.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  private decide(scope: string, account: Account | null): Grant {
    const [type = '', name = '', wanted = ''] = scope.split(':');
    const owns = account?.owners.includes(name.split('/')[0] ?? '') ?? false;
    const may = owns ? ['pull', 'push', 'delete'] : this.open.has(name) ? ['pull'] : [];
    const asked = wanted
      .split(',')
      .flatMap((action) => (action === '*' ? ['pull', 'push', 'delete'] : [action]));
    return { type, name, actions: [...new Set(asked)].filter((action) => may.includes(action)) };
  }

  private sign(subject: string, access: readonly Grant[]): Promise<string> {
    const certificate = readFileSync(this.certificateFile, 'utf8').replace(/-----[^-]+-----|\s/g, '');
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({ access })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', x5c: [certificate] })
      .setIssuer(this.name)
      .setAudience(this.service)
      .setSubject(subject)
      .setJti(randomUUID())
      .setIssuedAt(now)
      .setNotBefore(now - 10)
      .setExpirationTime(now + 300)
      .sign(createPrivateKey(readFileSync(join(this.folder, 'key.pem'))));
  }
}

function readCredentials(request: IncomingMessage, form: URLSearchParams): [string | null, string] {
  if (form.has('username')) return [form.get('username'), form.get('password') ?? ''];
  const basic = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (!basic) return [null, ''];
  const text = Buffer.from(basic, 'base64').toString();
  return [text.slice(0, text.indexOf(':')), text.slice(text.indexOf(':') + 1)];
}
