import {
  PlatformApi,
  selectModes,
  startPlatform,
  startVerdaccio,
  type PlatformMode,
  type RunningPlatform,
} from '@packhouse/testing';

/** What the suites run against: the product in both modes, or a known registry to calibrate the suites themselves. */
export type TargetName = PlatformMode | 'verdaccio';

/** What only the product has; suites leave it out of a calibration run. */
export type Feature =
  | 'private-by-default'
  | 'tokens'
  | 'audit'
  | 'signatures'
  | 'web-login'
  | 'conflict-text'
  | 'access'
  | 'rate-limits';

/** An account of a test, with a token that may do everything with packages. */
export interface TestAccount {
  readonly login: string;
  readonly password: string;
  readonly token: string;
}

export interface TestToken {
  readonly id: string;
  readonly token: string;
}

export interface RegistryUnderTest {
  readonly target: TargetName;
  /** The registry's base URL without a trailing slash. */
  readonly url: string;
  /** The base URL at each replica of the gateway. */
  readonly replicas: readonly string[];
  /** Null for a registry that is not ours. */
  readonly platform: RunningPlatform | null;
  /** Makes a user, with these organizations of theirs: the scopes they publish to. */
  createUser(login: string, organizations?: readonly string[]): Promise<TestAccount>;
  createToken(account: TestAccount, scopes: readonly string[]): Promise<TestToken>;
  revokeToken(account: TestAccount, token: TestToken): Promise<void>;
  stop(): Promise<void>;
}

export const password = 'a-long-enough-password';

/** The targets of this run. PACKHOUSE_TEST_TARGETS=verdaccio calibrates; its default is the product in both modes. */
export function selectTargets(): TargetName[] {
  if (process.env.PACKHOUSE_TEST_TARGETS === 'verdaccio') return ['verdaccio'];
  return selectModes();
}

/** Whether a target has a feature, asked while the suites are built. */
export function has(target: TargetName, _feature: Feature): boolean {
  return target !== 'verdaccio';
}

export async function startRegistry(
  target: TargetName,
  env: Readonly<Record<string, string>> = {},
): Promise<RegistryUnderTest> {
  return target === 'verdaccio' ? startKnownRegistry() : startProduct(target, env);
}

async function startKnownRegistry(): Promise<RegistryUnderTest> {
  const server = await startVerdaccio();
  return {
    target: 'verdaccio',
    url: server.url,
    replicas: [server.url],
    platform: null,
    createUser: async (login) => ({ login, password, token: await server.createUser(login, password) }),
    createToken: () => Promise.reject(new Error('Verdaccio has no scoped tokens')),
    revokeToken: () => Promise.reject(new Error('Verdaccio has no scoped tokens')),
    stop: () => Promise.resolve(server.stop()),
  };
}

async function startProduct(
  mode: PlatformMode,
  env: Readonly<Record<string, string>>,
): Promise<RegistryUnderTest> {
  const platform = await startPlatform({ mode, env });
  const apiOf = ({ login }: Pick<TestAccount, 'login'>) =>
    PlatformApi.withPassword(platform.url, login, password);
  return {
    target: mode,
    url: `${platform.url}/_registry/npm`,
    replicas: platform.replicas.map((url) => `${url}/_registry/npm`),
    platform,
    async createUser(login, organizations = []) {
      await platform.api.createUser(login, password);
      const api = apiOf({ login });
      for (const organization of organizations) await api.createOrganization(organization);
      const { token } = await api.createToken();
      return { login, password, token };
    },
    createToken: (account, scopes) => apiOf(account).createToken({ scopes }),
    revokeToken: (account, token) => apiOf(account).revokeToken(token.id),
    stop: () => platform.stop(),
  };
}
