import {
  OciHttp,
  PlatformApi,
  selectModes,
  selectPrograms,
  startDockerRegistry,
  startPlatform,
  waitUntil,
  type OciAccount,
  type PlatformMode,
  type RunningPlatform,
} from '@packhouse/testing';

/** What the suites run against: a known registry first, so that the tests are known to be right, then the product. */
export type TargetName = PlatformMode | 'docker-registry';

/** What only the product has. */
export type Feature = 'tokens' | 'referrers' | 'kept-children' | 'tag-delete';

/** An account of a test. Its secret is a token that may do everything with packages. */
export interface TestAccount extends OciAccount {
  readonly password: string;
}

export interface ContainerRegistry {
  readonly target: TargetName;
  /** Base address without a trailing slash; `/v2/` is below. */
  readonly url: string;
  /** Host and port, the first part of every reference. */
  readonly host: string;
  /** The base address at each replica of the gateway. */
  readonly replicas: readonly string[];
  /** Null for a registry that is not ours. */
  readonly platform: RunningPlatform | null;
  /** Makes a user, with these organizations of theirs. */
  createUser(login: string, organizations?: readonly string[]): Promise<TestAccount>;
  /** The account with a token that may do less. */
  withScopes(account: TestAccount, scopes: readonly string[]): Promise<TestAccount>;
  /** Lets everybody pull an image that was pushed. */
  makePublic(account: TestAccount, name: string): Promise<void>;
  /** Removes content that nothing needs any more, where that is done while the registry runs; done when it resolves. */
  collect(): Promise<void>;
  /** Requests that no client would make. */
  http(account: OciAccount | null): OciHttp;
  stop(): Promise<void>;
}

const password = 'a-long-enough-password';

/** The targets of this run: all, or those that PACKHOUSE_TEST_TARGETS names (`docker-registry,embedded`). */
export function selectTargets(): TargetName[] {
  const wanted = process.env.PACKHOUSE_TEST_TARGETS?.split(',');
  const targets = [...selectPrograms(['docker-registry']), ...selectModes()];
  return targets.filter((target) => wanted?.includes(target) ?? true);
}

/** Whether a target has a feature, asked while the suites are built. */
export function has(target: TargetName, _feature: Feature): boolean {
  return target !== 'docker-registry';
}

export function startRegistry(
  target: TargetName,
  env: Readonly<Record<string, string>> = {},
): Promise<ContainerRegistry> {
  return target === 'docker-registry' ? startKnownRegistry() : startProduct(target, env);
}

async function startKnownRegistry(): Promise<ContainerRegistry> {
  const server = await startDockerRegistry();
  return {
    target: 'docker-registry',
    url: server.url,
    host: new URL(server.url).host,
    replicas: [server.url],
    platform: null,
    createUser: async (login, owners = []) => ({ ...server.createUser(login, password, owners), password }),
    withScopes: () => Promise.reject(new Error('The known registry has no scoped tokens')),
    makePublic: async (_account, name) => server.issuer?.makePublic(name),
    collect: () => Promise.resolve(),
    http: (account) => new OciHttp(server.url, account),
    stop: () => server.stop(),
  };
}

async function startProduct(
  mode: PlatformMode,
  env: Readonly<Record<string, string>>,
): Promise<ContainerRegistry> {
  const platform = await startPlatform({ mode, env });
  const apiOf = (login: string) => PlatformApi.withPassword(platform.url, login, password);
  return {
    target: mode,
    url: platform.url,
    host: new URL(platform.url).host,
    replicas: platform.replicas,
    platform,
    async createUser(login, organizations = []) {
      await platform.api.createUser(login, password);
      for (const organization of organizations) await apiOf(login).createOrganization(organization);
      return { login, password, secret: (await apiOf(login).createToken()).token };
    },
    async withScopes(account, scopes) {
      return { ...account, secret: (await apiOf(account.login).createToken({ scopes })).token };
    },
    async makePublic({ login }, name) {
      const [owner = '', ...rest] = name.split('/');
      const path = `/packages/${owner}/container/${encodeURIComponent(rest.join('/'))}/visibility`;
      await apiOf(login).call('PUT', path, { visibility: 'public' });
    },
    collect: () => collect(platform),
    http: (account) => new OciHttp(platform.url, account),
    stop: () => platform.stop(),
  };
}

async function collect({ api }: RunningPlatform): Promise<void> {
  const path = '/operations/blob-collections';
  const { id } = (await api.call('POST', path, { dryRun: false })) as { id: string };
  await waitUntil('the collection is over', async () => {
    const { items } = (await api.call('GET', path)) as { items: { id: string; finishedAt: string | null }[] };
    return items.some((item) => item.id === id && item.finishedAt !== null);
  });
}
