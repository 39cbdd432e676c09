import { packagesOfAcme, type PackagesPage, type GraphqlWorld } from './graphql-world';

/** What strangers must not find. */
export function describePrivacy(world: () => GraphqlWorld): void {
  describe('what is private', () => {
    it('is not there for a stranger: no node, no count, no name, and the same words as for what never was', async () => {
      const id = await world().libId();
      const { organization } = await world().octokit.read<PackagesPage>(packagesOfAcme('first: 100'), {
        token: world().tokens.eve,
      });
      expect(organization.packages.totalCount).toBe(1);
      expect(organization.packages.nodes.map(({ name }) => name)).toEqual([expect.stringMatching(/open$/)]);
      const hidden = await world().octokit.send('query($id: ID!) { node(id: $id) { id } }', {
        token: world().tokens.eve,
        variables: { id },
      });
      const unknown = Buffer.from('Package:01900000-0000-7000-8000-00000000dead').toString('base64url');
      const never = await world().octokit.send('query($id: ID!) { node(id: $id) { id } }', {
        token: world().tokens.eve,
        variables: { id: unknown },
      });
      expect(hidden.failure?.errors?.[0]?.type).toBe('NOT_FOUND');
      expect(hidden.failure?.errors?.[0]?.message.replace(id, unknown)).toBe(
        never.failure?.errors?.[0]?.message,
      );
      const repository = await world().octokit.send('{ repository(owner: "acme", name: "app") { id } }', {
        token: world().tokens.eve,
      });
      expect(repository.failure?.errors).toEqual([
        {
          type: 'NOT_FOUND',
          path: ['repository'],
          locations: [{ line: 1, column: 3 }],
          message: "Could not resolve to a Repository with the name 'acme/app'.",
        },
      ]);
    });

    it('shows a fine-grained token packages, and not the private repository of its person', async () => {
      const sent = { token: world().tokens.annLimited };
      const query = `{ organization(login: "acme") { packages(first: 10, names: ["lib"]) { nodes { name repository { name } } } } }`;
      const { organization } = await world().octokit.read<{ organization: unknown }>(query, sent);
      expect(organization).toEqual({
        packages: { nodes: [{ name: expect.stringMatching(/lib$/) as string, repository: null }] },
      });
      const { failure } = await world().octokit.send(
        '{ repository(owner: "acme", name: "app") { id } }',
        sent,
      );
      expect(failure?.errors?.[0]?.type).toBe('NOT_FOUND');
    });

    it('needs the scope, and the refusal names it', async () => {
      const { failure } = await world().octokit.send(packagesOfAcme('first: 1'), {
        token: world().tokens.unscoped,
      });
      expect(failure?.errors?.[0]).toMatchObject({
        type: 'INSUFFICIENT_SCOPES',
        message: expect.stringContaining("['read:packages']") as unknown,
      });
    });

    it('is not even asked for without signing in', async () => {
      expect((await world().octokit.send('{ viewer { login } }')).failure?.status).toBe(401);
      expect(
        (await world().octokit.send('{ viewer { login } }', { token: 'nonsense' })).failure?.status,
      ).toBe(401);
    });
  });
}
