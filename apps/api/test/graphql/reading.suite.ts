import { createHash } from 'node:crypto';
import {
  buildArtifact,
  buildMultiPlatformImage,
  describeContent,
  OciHttp,
  pushImage,
} from '@packhouse/testing';
import { packagesOfAcme, type PackagesPage, type GraphqlWorld } from './graphql-world';

/** What queries find, and what they must not. */
export function describeReading(world: () => GraphqlWorld): void {
  describe('GraphQL through the unmodified client', () => {
    it('answers the query of acceptance test 56: packages of a repository, latest versions, files with digests', async () => {
      const query = `{ repository(owner: "acme", name: "app") { nameWithOwner isPrivate packages(first: 10) { totalCount nodes {
        name packageType visibility repository { name } statistics { downloadsTotalCount }
        latestVersion { version preRelease summary files(first: 5) { totalCount nodes { name sha1 sha256 size updatedAt } } } } } } }`;
      const { repository } = await world().octokit.read<{ repository: unknown }>(query, {
        token: world().tokens.annReading,
      });
      expect(repository).toMatchObject({
        nameWithOwner: 'acme/app',
        isPrivate: true,
        packages: {
          totalCount: 1,
          nodes: [
            {
              packageType: 'NPM',
              repository: { name: 'app' },
              statistics: { downloadsTotalCount: 0 },
              latestVersion: {
                version: '2.0.0-rc.1',
                preRelease: true,
                files: {
                  totalCount: 1,
                  nodes: [{ sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown }],
                },
              },
            },
          ],
        },
      });
    });

    it('pages forwards and backwards, every element once', async () => {
      const walk = async (size: string, cursor: 'after' | 'before'): Promise<string[]> => {
        const seen: string[] = [];
        let variables = {};
        for (;;) {
          const found = (
            await world().octokit.read<PackagesPage>(packagesOfAcme(size), {
              token: world().tokens.annReading,
              variables,
            })
          ).organization.packages;
          expect(found.totalCount).toBe(7);
          const names = found.nodes.map(({ name }) => name);
          if (cursor === 'after') seen.push(...names);
          else seen.unshift(...names);
          const isMore = cursor === 'after' ? found.pageInfo.hasNextPage : found.pageInfo.hasPreviousPage;
          if (!isMore) return seen;
          variables = {
            [cursor]: cursor === 'after' ? found.pageInfo.endCursor : found.pageInfo.startCursor,
          };
        }
      };
      const forwards = await walk('first: 3', 'after');
      expect(forwards).toHaveLength(7);
      expect(forwards[0]).toMatch(/open$/);
      expect(forwards[6]).toMatch(/lib$/);
      expect(await walk('last: 2', 'before')).toEqual(forwards);
      expect(await walk('first: 3, orderBy: {field: CREATED_AT, direction: ASC}', 'after')).toEqual(
        [...forwards].reverse(),
      );
    });

    it('finds versions by number, pages through them, and gives their README', async () => {
      const query = `query($id: ID!) { node(id: $id) { ... on Package {
        version(version: "1.1.0") { version readme package { name } statistics { downloadsTotalCount } }
        none: version(version: "9.9.9") { version }
        versions(first: 2) { totalCount edges { cursor node { id version } } pageInfo { hasNextPage } } } } }`;
      const { node } = await world().octokit.read<{ node: unknown }>(query, {
        token: world().tokens.annReading,
        variables: { id: await world().libId() },
      });
      expect(node).toMatchObject({
        version: { version: '1.1.0', readme: '# lib 1.1.0' },
        none: null,
        versions: {
          totalCount: 3,
          edges: [{ node: { version: '2.0.0-rc.1' } }, { node: { version: '1.1.0' } }],
          pageInfo: { hasNextPage: true },
        },
      });
    });

    it('filters by format and by repository', async () => {
      const count = async (args: string) =>
        (
          await world().octokit.read<PackagesPage>(packagesOfAcme(`first: 1, ${args}`), {
            token: world().tokens.annReading,
          })
        ).organization.packages.totalCount;
      const { repository } = await world().octokit.read<{ repository: { id: string } }>(
        '{ repository(owner: "acme", name: "app") { id } }',
        { token: world().tokens.annReading },
      );
      expect(await count('packageType: NPM')).toBe(7);
      expect(await count('packageType: CONTAINER')).toBe(0);
      expect(await count(`repositoryId: "${repository.id}"`)).toBe(1);
      expect(await count('repositoryId: "nonsense"')).toBe(0);
    });

    it('tells which versions are pre-releases, which tags point to them, and finds tags by their ids', async () => {
      const query = `query($id: ID!) { node(id: $id) { ... on Package { versions(first: 3) { nodes {
        version preRelease tags(first: 5) { totalCount nodes { id name version { version } } pageInfo { hasNextPage } } } } } } }`;
      interface Tagged {
        readonly version: string;
        readonly preRelease: boolean;
        readonly tags: { readonly nodes: ReadonlyArray<{ readonly id: string }> };
      }
      const { node } = await world().octokit.read<{ node: { versions: { nodes: Tagged[] } } }>(query, {
        token: world().tokens.annReading,
        variables: { id: await world().libId() },
      });
      const [third, second, first] = node.versions.nodes;
      expect([third, second, first].map((one) => [one?.version, one?.preRelease])).toEqual([
        ['2.0.0-rc.1', true],
        ['1.1.0', false],
        ['1.0.0', false],
      ]);
      expect(third?.tags).toMatchObject({
        totalCount: 1,
        nodes: [{ name: 'latest', version: { version: '2.0.0-rc.1' } }],
        pageInfo: { hasNextPage: false },
      });
      expect(first?.tags).toMatchObject({ totalCount: 0, nodes: [] });
      const tag =
        'query($id: ID!) { node(id: $id) { id ... on PackageTag { name version { package { name } } } } }';
      const variables = { id: third?.tags.nodes[0]?.id };
      const found = await world().octokit.read<{ node: unknown }>(tag, {
        token: world().tokens.annReading,
        variables,
      });
      expect(found.node).toEqual({ ...variables, name: 'latest', version: { package: { name: 'lib' } } });
      const hidden = await world().octokit.send(tag, { token: world().tokens.eve, variables });
      expect(hidden.failure?.errors?.[0]?.type).toBe('NOT_FOUND');
    });

    it('shows an image whole: its platforms, what it contains and what is attached, and to strangers nothing of it', async () => {
      const { platform, tokens, octokit } = world();
      const image = await buildMultiPlatformImage('shown');
      const registry = new OciHttp(platform.url, { login: 'ann', secret: tokens.ann });
      await pushImage(registry, 'ann/shown', image, '1.0');
      const [child] = image.children;
      const artifactType = 'application/spdx+json';
      const sbom = buildArtifact({ artifactType, subject: describeContent(image.manifest) });
      await pushImage(registry, 'ann/shown', sbom, sbom.manifest.digest);
      const query = `query($name: [String], $child: String!) { user(login: "ann") { packages(first: 1, names: $name) { totalCount nodes {
        versions(first: 5) { totalCount }
        latestVersion { id version partAs platforms tags(first: 1) { nodes { name } }
          contains(first: 3) { totalCount nodes { version partAs platforms } pageInfo { hasNextPage } }
          last: contains(last: 1) { edges { version node { platforms } } }
          aboutThis(first: 5) { nodes { version partAs artifactType about(first: 1) { edges { version } } } } }
        version(version: $child) { partAs containedBy(first: 5) { totalCount nodes { version } } } } } } }`;
      const variables = { name: ['shown'], child: child!.manifest.digest };
      const asked = async (token: string) =>
        (
          await octokit.read<{
            user: { packages: { totalCount: number; nodes: [Record<string, { id?: string }>] } };
          }>(query, { token, variables })
        ).user.packages;
      const { nodes } = await asked(tokens.annReading);
      const { digest } = image.manifest;
      const digests = image.children.map(({ manifest }) => manifest.digest);
      expect(nodes[0]).toMatchObject({
        versions: { totalCount: 1 },
        latestVersion: {
          ...{ version: digest, partAs: null, platforms: ['linux/amd64', 'linux/arm64'] },
          tags: { nodes: [{ name: '1.0' }] },
          contains: {
            totalCount: 4,
            nodes: [
              { version: digests[0], partAs: 'CONTAINED', platforms: ['linux/amd64'] },
              { version: digests[1], partAs: 'CONTAINED', platforms: ['linux/arm64'] },
              { version: digests[2], partAs: 'CONTAINED' },
            ],
            pageInfo: { hasNextPage: true },
          },
          last: { edges: [{ version: digests[3] }] },
          aboutThis: {
            nodes: [
              {
                ...{ version: sbom.manifest.digest, partAs: 'ABOUT', artifactType },
                about: { edges: [{ version: digest }] },
              },
            ],
          },
        },
        version: { partAs: 'CONTAINED', containedBy: { totalCount: 1, nodes: [{ version: digest }] } },
      });
      expect(await asked(tokens.eve)).toEqual({ totalCount: 0, nodes: [] });
      const node =
        'query($id: ID!) { node(id: $id) { ... on PackageVersion { contains(first: 1) { totalCount } } } }';
      const id = nodes[0]['latestVersion']?.id;
      const hidden = await octokit.send(node, { token: tokens.eve, variables: { id } });
      expect(hidden.failure?.errors?.[0]?.type).toBe('NOT_FOUND');
      const part = (args: string) => world().failureOf(node.replace('(first: 1)', args), { id });
      expect(await part('')).toBe('MISSING_PAGINATION_BOUNDARIES');
      expect(await part('(first: 101)')).toBe('EXCESSIVE_PAGINATION');
      const around =
        'contains(first: 100) { nodes { containedBy(first: 100) { nodes { contains(first: 100) { totalCount } } } } }';
      expect(
        await world().failureOf(`query($id: ID!) { node(id: $id) { ... on PackageVersion { ${around} } } }`, {
          id,
        }),
      ).toBe('MAX_NODE_LIMIT_EXCEEDED');
    });

    it('gives addresses of files that are served to readers, and to nobody else', async () => {
      const query = `{ organization(login: "acme") { packages(first: 1, names: ["lib"]) { nodes { version(version: "1.1.0") {
        files(first: 1) { nodes { name url sha256 } } } } } } }`;
      const { organization } = await world().octokit.read<{
        organization: { packages: { nodes: [{ version: { files: { nodes: [Record<string, string>] } } }] } };
      }>(query, { token: world().tokens.annReading });
      const [file] = organization.packages.nodes[0].version.files.nodes;
      expect(file.url).toBe(`${world().platform.url}/_registry/npm/@acme/lib/-/lib-1.1.0.tgz`);
      const download = (token?: string): Promise<Response> =>
        fetch(file.url ?? '', { headers: token ? { authorization: `Bearer ${token}` } : {} });
      const served = Buffer.from(await (await download(world().tokens.annReading)).arrayBuffer());
      expect(createHash('sha256').update(served).digest('hex')).toBe(file.sha256);
      expect([(await download()).status, (await download(world().tokens.eve)).status]).toEqual([401, 404]);
    });
  });
}
