import { type GraphqlWorld } from './graphql-world';

/** The one mutation. */
export function describeChanges(world: () => GraphqlWorld): void {
  describe('deletePackageVersion', () => {
    const mutation = `mutation($id: ID!) { deletePackageVersion(input: {packageVersionId: $id, clientMutationId: "mine"}) {
      success clientMutationId } }`;
    const versionId = async (version: string) => {
      const query = `query($id: ID!, $version: String!) { node(id: $id) { ... on Package { version(version: $version) { id } } } }`;
      const { node } = await world().octokit.read<{ node: { version: { id: string } | null } }>(query, {
        token: world().tokens.annReading,
        variables: { id: await world().libId(), version },
      });
      return node.version?.id ?? null;
    };

    it('is refused without the scope, and to who may not see the version', async () => {
      const id = await versionId('1.0.0');
      const refused = async (token: string) =>
        (await world().octokit.send(mutation, { token, variables: { id } })).failure?.errors?.[0]?.type;
      expect(await refused(world().tokens.annReading)).toBe('INSUFFICIENT_SCOPES');
      expect(await refused(world().tokens.eve)).toBe('NOT_FOUND');
      expect(await versionId('1.0.0')).toBe(id);
    });

    it('works with the preview header and without, and the version is gone everywhere (acceptance test 57)', async () => {
      const headers = { accept: 'application/vnd.github.package-deletes-preview+json' };
      for (const [version, more] of [
        ['1.0.0', { headers }],
        ['1.1.0', {}],
      ] as const) {
        const variables = { id: await versionId(version) };
        const { deletePackageVersion } = await world().octokit.read<{ deletePackageVersion: unknown }>(
          mutation,
          {
            token: world().tokens.annDeleting,
            variables,
            ...more,
          },
        );
        expect(deletePackageVersion).toEqual({ success: true, clientMutationId: 'mine' });
        expect(await versionId(version)).toBeNull();
      }
      const document = await fetch(`${world().platform.url}/_registry/npm/@acme%2flib`, {
        headers: { authorization: `Bearer ${world().tokens.annReading}` },
      });
      expect(Object.keys(((await document.json()) as { versions: object }).versions)).toEqual(['2.0.0-rc.1']);
    });
  });
}
