import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  authContract,
  metadataContract,
  type Account,
  type AuthClient,
  type CommitVersionRequest,
  type MetadataClient,
} from '@packhouse/contracts';
import { newId, sha256Hex } from '@packhouse/kernel';
import { clientToken } from '@packhouse/messaging';
import { silentLogger } from '@packhouse/observability';
import { run, type RunningServices } from '@packhouse/runtime';
import {
  productServices,
  ConformingFetch,
  layCluster,
  OctokitClient,
  PlatformApi,
  runDeleteVersionsAction,
} from '../src';

const password = 'correct-horse-battery';
const scopes = ['read:packages', 'write:packages', 'delete:packages', 'repo', 'admin:org', 'user'];
const digestOf = (text: string): string => `sha256:${sha256Hex(text)}`;

interface Shown {
  readonly id: number;
  readonly name: string;
  readonly url: string;
  readonly html_url: string;
  readonly package_html_url: string;
  readonly version_count: number;
  readonly metadata: { readonly package_type: string; readonly container?: { readonly tags: string[] } };
}

interface View {
  readonly number: number;
  readonly version: string;
  readonly partAs: string | null;
  readonly platforms: string[];
  readonly contains: {
    total: number;
    items: Array<{ number: number | null; version: string; platforms: string[] }>;
  };
  readonly containedBy: View['contains'];
  readonly about: View['contains'];
  readonly aboutThis: View['contains'];
}

jest.setTimeout(120_000);

/** A toy format whose versions are named by digests, as its gateway would announce it. */
const boxes = {
  id: 'boxes',
  label: 'Boxes',
  icon: 'box',
  mount: '/_registry/boxes',
  packageType: 'container',
  tagsShownIn: 'container.tags',
};

/** Acceptance rows 24 of the packages and 9-11, 40, 41 of the images, as far as metadata decides them. */
describe('versions that consist of others, in the management APIs', () => {
  let folder: string;
  let platform: RunningServices;
  let metadata: MetadataClient;
  let conforming: ConformingFetch;
  let ann: PlatformApi;
  let octokit: OctokitClient;
  let token: string;
  let acme: Account;
  let annId: string;
  let url: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'packhouse-parts-'));
    await layCluster(join(folder, 'data', 'postgres'));
    platform = await run([...(await productServices())], {
      logger: silentLogger,
      env: {
        PACKHOUSE_PORT: '0',
        PACKHOUSE_DATA: join(folder, 'data'),
        PACKHOUSE_ADMIN_LOGIN: 'root-user',
        PACKHOUSE_ADMIN_PASSWORD: password,
      },
    });
    url = platform.url ?? '';
    metadata = platform.get<MetadataClient>(clientToken(metadataContract));
    await metadata.announceFormat(boxes);
    await PlatformApi.withPassword(url, 'root-user', password).createUser('ann', password);
    ann = PlatformApi.withPassword(url, 'ann', password);
    await ann.createOrganization('acme');
    ({ token } = await ann.createToken({ scopes }));
    conforming = await ConformingFetch.open(url, { github: true });
    octokit = OctokitClient.open({ url, token, fetch: conforming.fetch });
    const auth = platform.get<AuthClient>(clientToken(authContract));
    acme = (await auth.findAccount({ login: 'acme' })).account!;
    annId = (await auth.findAccount({ login: 'ann' })).account!.id;
  }, 60_000);

  afterAll(async () => {
    await platform?.stop();
    await rm(folder, { recursive: true, force: true });
  }, 30_000);

  /** Publishes a version named by the digest of `text`. */
  async function push(
    name: string,
    text: string,
    {
      contains = [],
      about,
      ...more
    }: Omit<Partial<CommitVersionRequest>, 'contains' | 'about'> & {
      contains?: string[];
      about?: string;
    } = {},
  ): Promise<string> {
    const version = digestOf(text);
    const { package: facts } = await metadata.commitVersion({
      format: boxes.id,
      ownerId: acme.id,
      package: { name, nameKey: name, ownerLogin: 'acme', visibility: 'private' },
      version: { id: newId(), version, identity: version, sortKey: '' },
      files: [{ name: version, contentType: 'x/y', size: 1, digests: { sha256: sha256Hex(text) } }],
      fragments: {},
      properties: {},
      packageProperties: { description: `The ${text}` },
      tags: [],
      contentAddressed: true,
      contains: contains.map(digestOf),
      about: about === undefined ? [] : [digestOf(about)],
      actor: { accountId: annId, login: 'ann' },
      ...more,
    });
    return facts.id;
  }

  /** Two platforms and an attestation under one index, and a signature of that. */
  async function pushMultiPlatform(name: string, index: string, tags: string[]): Promise<string> {
    await push(name, `${index} amd64`, { properties: { platform: 'linux/amd64' } });
    await push(name, `${index} arm64`, { properties: { platform: 'linux/arm64' } });
    await push(name, `${index} attestation`, { about: `${index} amd64` });
    const contains = ['amd64', 'arm64', 'attestation'].map((part) => `${index} ${part}`);
    const properties = { platforms: '["linux/amd64","linux/arm64"]' };
    const packageId = await push(name, index, { contains, tags, properties });
    await push(name, `${index} signature`, { about: index, properties: { artifactType: 'sig' } });
    return packageId;
  }

  const listed = (name: string, more: object = {}): Promise<Shown[]> =>
    octokit.call('packages.getAllPackageVersionsForPackageOwnedByOrg', {
      ...{ org: 'acme', package_type: 'container', package_name: name, ...more },
    });
  const target = (name: string) => ({ owner: 'acme', packageName: name, packageType: 'container' });

  async function readable(packageId: string, texts: readonly string[]): Promise<string[]> {
    const found = await Promise.all(
      texts.map(async (text) =>
        (await metadata.findFile({ packageId, name: digestOf(text) })).file ? [text] : [],
      ),
    );
    return found.flat();
  }
  const partsOf = (index: string): string[] =>
    ['', ' amd64', ' arm64', ' attestation', ' signature'].map((part) => `${index}${part}`);

  async function call(method: string, path: string, body?: object) {
    const answer = await conforming.fetch(`${url}/api/packhouse/v1/packages/acme/boxes/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
      body: body ? JSON.stringify(body) : null,
    });
    const text = await answer.text();
    return { status: answer.status, body: (text === '' ? {} : JSON.parse(text)) as never };
  }

  async function viewOf(name: string, text: string): Promise<View> {
    const { body: all } = await call('GET', `${name}/versions?parts=true&per_page=100`);
    const found = (all as View[]).find(({ version }) => version === digestOf(text));
    return (await call('GET', `${name}/versions/${found!.number}`)).body;
  }

  it('40: REST lists one version for each index, named by its digest, with its tags', async () => {
    await pushMultiPlatform('multi', 'm', ['1.0', 'latest']);
    await push('multi', 'plain');
    const [plain, index, ...others] = await listed('multi');
    expect(others).toEqual([]);
    expect(plain).toMatchObject({
      name: digestOf('plain'),
      metadata: { package_type: 'container', container: { tags: [] } },
    });
    expect(index).toMatchObject({
      name: digestOf('m'),
      package_html_url: `${url}/orgs/acme/packages/container/package/multi`,
      html_url: `${url}/orgs/acme/packages/container/multi/${index!.id}`,
      metadata: { package_type: 'container', container: { tags: ['1.0', 'latest'] } },
    });
    const shown = await octokit.call<Shown>('packages.getPackageForOrganization', {
      ...{ org: 'acme', package_type: 'container', package_name: 'multi' },
    });
    expect(shown.version_count).toBe(2);
  });

  it('shows what a version consists of and what is said about it', async () => {
    await pushMultiPlatform('shown', 's', ['1']);
    const index = await viewOf('shown', 's');
    expect(index).toMatchObject({ partAs: null, platforms: ['linux/amd64', 'linux/arm64'] });
    expect(index.contains.items.map(({ version, platforms }) => [version, platforms])).toEqual([
      [digestOf('s amd64'), ['linux/amd64']],
      [digestOf('s arm64'), ['linux/arm64']],
      [digestOf('s attestation'), []],
    ]);
    expect(index.aboutThis).toMatchObject({
      total: 1,
      items: [{ version: digestOf('s signature'), artifactType: 'sig' }],
    });
    const child = await viewOf('shown', 's amd64');
    expect(child).toMatchObject({ partAs: 'contained', containedBy: { items: [{ number: index.number }] } });
    expect(child.aboutThis.items[0]?.version).toBe(digestOf('s attestation'));
    const signature = await viewOf('shown', 's signature');
    expect(signature).toMatchObject({ partAs: 'about', about: { items: [{ number: index.number }] } });
    const { body: listing } = await call('GET', 'shown/versions');
    expect(listing).toMatchObject([{ version: digestOf('s'), contains: 3, aboutThis: 1, tags: ['1'] }]);
    const { body: impact } = await call('GET', `shown/blast-radius?version=${child.number}`);
    expect(impact).toMatchObject({
      tags: [],
      containedBy: { total: 1, items: [{ number: index.number, version: digestOf('s'), tags: ['1'] }] },
    });
  });

  it('24, 9: the action that deletes untagged versions never touches what a tagged one consists of', async () => {
    const packageId = await pushMultiPlatform('cleaned', 'kept', ['1']);
    await pushMultiPlatform('cleaned', 'replaced', ['edge']);
    await push('cleaned', 'newest', { tags: ['edge'] });
    const inputs = { ...target('cleaned'), deleteOnlyUntaggedVersions: true };
    expect(await runDeleteVersionsAction(octokit, inputs)).toHaveLength(1);
    expect((await listed('cleaned')).map(({ name }) => name)).toEqual([digestOf('newest'), digestOf('kept')]);
    const all = [...partsOf('kept'), ...partsOf('replaced'), 'newest'];
    expect(await readable(packageId, all)).toEqual([...partsOf('kept'), 'newest']);
    expect(await runDeleteVersionsAction(octokit, inputs)).toEqual([]);
    await runDeleteVersionsAction(octokit, { ...target('cleaned'), minVersionsToKeep: 1 });
    expect(await readable(packageId, all)).toEqual(['newest']);
  });

  it('10: refuses to delete a part by every API, and says whose it is', async () => {
    const packageId = await pushMultiPlatform('whole', 'w', ['1']);
    await push('whole', 'other', { tags: ['2'] });
    for (const part of ['w amd64', 'w attestation', 'w signature']) {
      const { number } = await viewOf('whole', part);
      const parent = digestOf('w');
      const named = { org: 'acme', package_type: 'container', package_name: 'whole' };
      await expect(
        octokit.send('packages.deletePackageVersionForOrg', { ...named, package_version_id: number }),
      ).rejects.toMatchObject({ status: 409, message: expect.stringContaining(parent) as string });
      const ours = await call('DELETE', `whole/versions/${number}`);
      expect(ours).toMatchObject({ status: 409, body: { code: 'in_use' } });
      expect((ours.body as { message: string }).message).toContain(parent);
    }
    const answer = await fetch(`${url}/api/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        query: `{ organization(login: "acme") { packages(first: 1, names: ["whole"]) { nodes {
          versions(first: 10) { totalCount nodes { version } }
          version(version: "${digestOf('w arm64')}") { id } latestVersion { version } } } } }`,
      }),
    });
    const { data } = (await answer.json()) as {
      data: { organization: { packages: { nodes: Array<{ versions: object; version: { id: string } }> } } };
    };
    const [node] = data.organization.packages.nodes;
    expect(node).toMatchObject({
      versions: { totalCount: 2, nodes: [{ version: digestOf('other') }, { version: digestOf('w') }] },
      latestVersion: { version: digestOf('other') },
    });
    const refused = await fetch(`${url}/api/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        query: `mutation { deletePackageVersion(input: { packageVersionId: "${node!.version.id}" }) { success } }`,
      }),
    });
    const { errors } = (await refused.json()) as { errors: Array<{ type: string; message: string }> };
    expect(errors[0]).toMatchObject({
      type: 'UNPROCESSABLE',
      message: expect.stringContaining(digestOf('w')) as string,
    });
    expect(await readable(packageId, partsOf('w'))).toEqual(partsOf('w'));
  });

  it('11, 41: deletes an index with what belongs to it alone, and restores all of it', async () => {
    const packageId = await pushMultiPlatform('restored', 'r', ['1']);
    await push('restored', 'shared with', { contains: ['r amd64'], tags: ['2'] });
    const index = (await listed('restored')).find(({ name }) => name === digestOf('r'));
    const named = { org: 'acme', package_type: 'container', package_name: 'restored' };
    await octokit.send('packages.deletePackageVersionForOrg', { ...named, package_version_id: index!.id });
    const all = [...partsOf('r'), 'shared with'];
    // The attestation is about the shared image, which stays.
    expect(await readable(packageId, all)).toEqual(['r amd64', 'r attestation', 'shared with']);
    expect((await listed('restored', { state: 'deleted' })).map(({ name }) => name)).toEqual([digestOf('r')]);
    await octokit.send('packages.restorePackageVersionForOrg', { ...named, package_version_id: index!.id });
    expect(await readable(packageId, all)).toEqual(all);
    expect((await listed('restored')).map(({ name, metadata: its }) => [name, its.container?.tags])).toEqual([
      [digestOf('shared with'), ['2']],
      [digestOf('r'), ['1']],
    ]);
  });

  it('37: keeps immutable tags where they are, for those who administer the package', async () => {
    await push('fixed', 'a', { tags: ['v1', 'edge'] });
    expect((await call('PUT', 'fixed/tag-rules', { immutable: ['v*'] })).body).toEqual({ immutable: ['v*'] });
    expect((await call('GET', 'fixed')).body).toMatchObject({ immutableTags: ['v*'] });
    await expect(push('fixed', 'b', { tags: ['v1'] })).rejects.toMatchObject({ code: 'forbidden' });
    await push('fixed', 'b', { tags: ['edge'] });
    await PlatformApi.withPassword(url, 'root-user', password).createUser('bob', password);
    await ann.setMember('acme', 'bob', 'member');
    const bob = PlatformApi.withPassword(url, 'bob', password);
    await expect(
      bob.call('PUT', '/packages/acme/boxes/fixed/tag-rules', { immutable: [] }),
    ).rejects.toMatchObject({ status: 404 });
    await ann.call('PUT', '/packages/acme/boxes/fixed/access/people/bob', { role: 'write' });
    await expect(
      bob.call('PUT', '/packages/acme/boxes/fixed/tag-rules', { immutable: [] }),
    ).rejects.toMatchObject({ status: 403 });
  });
});
