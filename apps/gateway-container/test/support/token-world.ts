import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  authContract,
  billingContract,
  metadataContract,
  type Account,
  type Actor,
  type AuthClient,
  type BillingClient,
  type Contract,
  type MetadataClient,
  type PackageFacts,
  type TokenScope,
  type Visibility,
} from '@packhouse/contracts';
import { newId, sha256Hex } from '@packhouse/kernel';
import { run, type RunningServices } from '@packhouse/runtime';
import { clientToken, layCluster, productServices, type Logger } from '@packhouse/testing';
import { probes } from './probe';

export const password = 'a-long-enough-password';
export const allScopes: TokenScope[] = ['read:packages', 'write:packages', 'delete:packages', 'repo'];

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Record<string, unknown>;
  /** The only failure of a registry's error document. */
  readonly failure: { readonly code: string; readonly message: string };
}

export interface Entry {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

/** The whole product in this process, beside it routes that only ask for access, and everything it logs. */
export class TokenWorld {
  readonly logged: string[] = [];
  private folder = '';
  private platform!: RunningServices;

  static async start(env: Readonly<Record<string, string>> = {}): Promise<TokenWorld> {
    const world = new TokenWorld();
    world.folder = await mkdtemp(join(tmpdir(), 'packhouse-tokens-'));
    await layCluster(join(world.folder, 'data', 'postgres'));
    world.platform = await run([...(await productServices()), ...probes], {
      logger: world.logger(),
      env: {
        PACKHOUSE_PORT: '0',
        PACKHOUSE_DATA: join(world.folder, 'data'),
        PACKHOUSE_ADMIN_LOGIN: 'root-user',
        PACKHOUSE_ADMIN_PASSWORD: password,
        ...env,
      },
    });
    return world;
  }

  async stop(): Promise<void> {
    await this.platform.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  get auth(): AuthClient {
    return this.platform.get<AuthClient>(clientToken(authContract));
  }

  get billing(): BillingClient {
    return this.platform.get<BillingClient>(clientToken(billingContract));
  }

  get metadata(): MetadataClient {
    return this.platform.get<MetadataClient>(clientToken(metadataContract));
  }

  /** Notes what a service is asked from now on. */
  watch(contract: Contract): string[] {
    const asked: string[] = [];
    const client = this.platform.get<Record<string, (request: unknown) => Promise<unknown>>>(
      clientToken(contract),
    );
    for (const [name, ask] of Object.entries(client))
      client[name] = (request) => {
        asked.push(name);
        return ask(request);
      };
    return asked;
  }

  get url(): string {
    return this.platform.url ?? '';
  }

  async user(login: string): Promise<Account> {
    return (await this.auth.createUser({ login, password })).account;
  }

  async organization(login: string, owner: Account): Promise<Account> {
    return (await this.auth.createOrganization({ login, ownerAccountId: owner.id })).account;
  }

  async token({ id: accountId }: Account, scopes: TokenScope[] = allScopes): Promise<string> {
    return (await this.makeToken(accountId, scopes)).token;
  }

  makeToken(accountId: string, scopes: TokenScope[] = allScopes) {
    return this.auth.createToken({ accountId, name: 'test', scopes, actor: actorOf(accountId) });
  }

  /** A package with one version, made as a gateway would. */
  async image(
    owner: Account,
    name: string,
    { visibility = 'private', repositoryId }: { visibility?: Visibility; repositoryId?: string } = {},
  ): Promise<PackageFacts> {
    const digest = sha256Hex(`${owner.id} ${name}`);
    const made = await this.metadata.commitVersion({
      format: repositoryId ? 'docker' : 'container',
      ownerId: owner.id,
      package: {
        ...{ name, nameKey: name, ownerLogin: owner.login, visibility },
        ...(repositoryId ? { scope: 'repository', repositoryId } : {}),
      },
      version: { id: newId(), version: `sha256:${digest}`, identity: `sha256:${digest}`, sortKey: '1' },
      files: [
        { name: `sha256:${digest}`, size: 2, contentType: 'application/json', digests: { sha256: digest } },
      ],
      ...{ fragments: {}, properties: {}, tags: ['latest'], headTag: 'latest', actor: actorOf(owner.id) },
    });
    return made.package;
  }

  async call(path: string, init: RequestInit = {}): Promise<Answer> {
    const { status, headers, text } = await read(await fetch(`${this.url}${path}`, init));
    return {
      ...{ status, headers, text },
      get json() {
        return JSON.parse(text) as Record<string, unknown>;
      },
      get failure() {
        const { errors } = JSON.parse(text) as { errors: { code: string; message: string }[] };
        expect(errors).toHaveLength(1);
        return errors[0]!;
      },
    };
  }

  /** Asks for a token with the GET form. */
  ask(
    scopes: readonly string[],
    authorization?: string,
    { mount = '/v2', more = '' }: { mount?: string; more?: string } = {},
  ): Promise<Answer> {
    const query = new URLSearchParams(scopes.map((scope): [string, string] => ['scope', scope]));
    return this.call(`${mount}/token?${query.toString()}${more}`, {
      headers: authorization === undefined ? {} : { authorization },
    });
  }

  async tokenFor(scopes: readonly string[], authorization?: string, mount = '/v2'): Promise<string> {
    const { status, text, json } = await this.ask(scopes, authorization, { mount });
    if (status !== 200) throw new Error(`No token: HTTP ${status} ${text}`);
    return String(json['token']);
  }

  /** Asks for access as a route would; `product`: container or docker. */
  probe(name: string, actions: string, authorization?: string, product = 'container'): Promise<Answer> {
    const query = new URLSearchParams({ name, do: actions }).toString();
    return this.call(`/_probe/${product}/access?${query}`, {
      headers: authorization === undefined ? {} : { authorization },
    });
  }

  private logger(): Logger {
    const note = (facts: object, message: string): void =>
      void this.logged.push(`${message} ${JSON.stringify(facts)}`);
    return { debug: note, info: note, warn: note, error: note, child: () => this.logger() };
  }
}

async function read(answer: Response) {
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

export const actorOf = (accountId: string): Actor => ({
  accountId,
  ...{ login: 'somebody', tokenId: null, address: null, requestId: null },
});

export const basic = (login: string, secret: string): string =>
  `Basic ${Buffer.from(`${login}:${secret}`).toString('base64')}`;

export const bearer = (token: string): string => `Bearer ${token}`;

/** What is in a token, whoever signed it. */
export function payloadOf(token: string): Record<string, unknown> & { access: Entry[] } {
  const text = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
  return JSON.parse(text) as Record<string, unknown> & { access: Entry[] };
}

/** `acme/app: pull,push` of each entry. */
export const accessIn = (token: string): string[] =>
  payloadOf(token).access.map(({ name, actions }) => `${name}: ${actions.join()}`);
