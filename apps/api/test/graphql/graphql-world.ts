import {
  buildPackage,
  PlatformApi,
  putVersion,
  removeTemporaryFolders,
  startPlatform,
  type PlatformMode,
  type RunningPlatform,
} from '@packhouse/testing';
import { OctokitGraphql } from '../support/octokit-graphql';

export const password = 'correct-horse-battery';
const reading = ['read:packages', 'repo'];

/** What tests look at of a page of packages. */
export interface PackagesPage {
  readonly organization: {
    readonly packages: {
      readonly totalCount: number;
      readonly nodes: ReadonlyArray<{ readonly id: string; readonly name: string }>;
      readonly pageInfo: {
        readonly endCursor: string;
        readonly startCursor: string;
        readonly hasNextPage: boolean;
        readonly hasPreviousPage: boolean;
      };
    };
  };
}

/** A query for a page of the packages of acme. */
export const packagesOfAcme = (args: string): string => `query($after: String, $before: String) {
  organization(login: "acme") { packages(${args}, after: $after, before: $before) {
    totalCount nodes { id name } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } } }`;

/** `ann` owns the organization acme, the private repository acme/app and seven packages, one of them public; `eve` nothing. */
export class GraphqlWorld {
  private constructor(
    readonly platform: RunningPlatform,
    readonly octokit: OctokitGraphql,
    readonly tokens: Readonly<
      Record<'ann' | 'annReading' | 'annDeleting' | 'annLimited' | 'eve' | 'unscoped', string>
    >,
  ) {}

  static async start(mode: PlatformMode): Promise<GraphqlWorld> {
    const platform = await startPlatform({ mode });
    const signUp = async (login: string): Promise<PlatformApi> => {
      await platform.api.createUser(login, password);
      return PlatformApi.withPassword(platform.url, login, password);
    };
    const [ann, eve] = [await signUp('ann'), await signUp('eve')];
    await ann.createOrganization('acme');
    await ann.call('POST', '/repositories', { owner: 'acme', name: 'app', visibility: 'private' });
    const tokenOf = async (api: PlatformApi, scopes?: string[]) => (await api.createToken({ scopes })).token;
    const limits = { owner: 'acme', packages: null, actions: ['read'] };
    const limited = await ann.call('POST', '/tokens', { name: 'limited', limits, expiresInDays: 7 });
    const world = new GraphqlWorld(platform, new OctokitGraphql(`${platform.url}/api/v3`), {
      ann: await tokenOf(ann),
      annReading: await tokenOf(ann, reading),
      annDeleting: await tokenOf(ann, [...reading, 'delete:packages']),
      annLimited: (limited as { token: string }).token,
      eve: await tokenOf(eve, [...reading, 'delete:packages']),
      unscoped: await tokenOf(ann, ['repo']),
    });
    await world.fill();
    return world;
  }

  async stop(): Promise<void> {
    this.octokit.stop();
    await this.platform.stop();
    removeTemporaryFolders();
  }

  async libId(): Promise<string> {
    const query = packagesOfAcme('first: 1, names: ["lib", "@acme/lib"]');
    const found = await this.octokit.read<PackagesPage>(query, { token: this.tokens.annReading });
    return found.organization.packages.nodes[0]!.id;
  }

  /** A query as it goes over the wire. */
  post(body: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return fetch(`${this.platform.url}/api/graphql`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${this.tokens.annReading}`,
        'content-type': 'application/json',
        ...headers,
      },
      body,
    });
  }

  /** The type of the first failure that a query of ann meets. */
  async failureOf(
    query: string,
    variables: Readonly<Record<string, unknown>> = {},
  ): Promise<string | undefined> {
    const { failure } = await this.octokit.send(query, { token: this.tokens.annReading, variables });
    return failure?.errors?.[0]?.type;
  }

  private async fill(): Promise<void> {
    const manifest = { repository: `${this.platform.url}/acme/app` };
    for (const version of ['1.0.0', '1.1.0', '2.0.0-rc.1'])
      await this.publish('@acme/lib', version, { manifest, files: { 'README.md': `# lib ${version}` } });
    for (let index = 1; index <= 5; index += 1) await this.publish(`@acme/tool-${index}`, '1.0.0');
    await this.publish('@acme/open', '1.0.0', {}, 'public');
  }

  private async publish(name: string, version: string, more: object = {}, access?: 'public'): Promise<void> {
    const built = await buildPackage({ name, version, ...more });
    const registry = `${this.platform.url}/_registry/npm`;
    const answer = await putVersion(registry, this.tokens.ann, built, access ? { access } : {});
    if (!answer.ok) throw new Error(`Publishing ${name} failed: ${await answer.text()}`);
  }
}
