import {
  buildPackage,
  ConformingFetch,
  OctokitClient,
  PlatformApi,
  removeTemporaryFolders,
  startPlatform,
  type PlatformMode,
  type RunningPlatform,
} from '@packhouse/testing';

const password = 'correct-horse-battery';
const everyScope = ['read:packages', 'write:packages', 'delete:packages', 'repo', 'admin:org', 'user'];

/** GitHub's `package` and `package-version`, as far as tests look at them. */
export interface Shown {
  readonly id: number;
  readonly name: string;
  readonly visibility: string;
  readonly version_count: number;
  readonly url: string;
  readonly deleted_at?: string;
  readonly repository?: { readonly full_name: string };
}

export interface Person {
  readonly login: string;
  readonly token: string;
  readonly api: PlatformApi;
  readonly octokit: OctokitClient;
}

/** The actors of the acceptance tests: `ann` owns the organization `acme`, `bob` is a member, `eve` has no relation. */
export class PackagesWorld {
  private constructor(
    readonly platform: RunningPlatform,
    readonly conforming: ConformingFetch,
    readonly ann: Person,
    readonly bob: Person,
    readonly eve: Person,
  ) {}

  static async start(
    env: Readonly<Record<string, string>> = {},
    mode: PlatformMode = 'embedded',
  ): Promise<PackagesWorld> {
    const platform = await startPlatform({ mode, env });
    const conforming = await ConformingFetch.open(platform.url, { github: true });
    const signUp = async (login: string): Promise<Person> => {
      await platform.api.createUser(login, password);
      const api = PlatformApi.withPassword(platform.url, login, password);
      const { token } = await api.createToken({ scopes: everyScope });
      return { login, token, api, octokit: openOctokit(platform, conforming, token) };
    };
    const [ann, bob, eve] = [await signUp('ann'), await signUp('bob'), await signUp('eve')];
    await ann.api.createOrganization('acme');
    await ann.api.setMember('acme', 'bob', 'member');
    return new PackagesWorld(platform, conforming, ann, bob, eve);
  }

  async stop(): Promise<void> {
    await this.platform.stop();
    removeTemporaryFolders();
  }

  /** The client with a token of these scopes. */
  async withScopes({ api }: Person, scopes: readonly string[]): Promise<OctokitClient> {
    const { token } = await api.createToken({ scopes });
    return openOctokit(this.platform, this.conforming, token);
  }

  /** Publishes these versions of a package, as npm does. */
  async publish(
    { token }: Pick<Person, 'token'>,
    name: string,
    versions: readonly string[],
    { access, manifest = {} }: { access?: 'public' | 'restricted'; manifest?: object } = {},
  ): Promise<void> {
    for (const version of versions) {
      const built = await buildPackage({ name, version, manifest: { ...manifest } });
      const answer = await this.registry(name.replace('/', '%2f'), token, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: built.document(`${this.platform.url}/_registry/npm`, { access }),
      });
      if (!answer.ok) throw new Error(`${name}@${version}: HTTP ${answer.status} ${await answer.text()}`);
    }
  }

  /** A call of the registry itself. */
  registry(path: string, token: string | null, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (token !== null) headers.set('authorization', `Bearer ${token}`);
    return fetch(`${this.platform.url}/_registry/npm/${path}`, { ...init, headers });
  }

  tarball(name: string, version: string, token: string | null): Promise<Response> {
    const [, bare] = name.split('/');
    return this.registry(`${name}/-/${bare}-${version}.tgz`, token);
  }
}

export function openOctokit(
  { url }: RunningPlatform,
  conforming: ConformingFetch,
  token?: string,
): OctokitClient {
  return OctokitClient.open({ url, token, fetch: conforming.fetch });
}
