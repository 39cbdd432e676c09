import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildPackage,
  ClientError,
  escapeName,
  makeClient,
  putVersion,
  removeTemporaryFolders,
  selectClients,
  writePackage,
  writeProject,
} from '@packhouse/testing';
import {
  selectTargets,
  startRegistry,
  type RegistryUnderTest,
  type TestAccount,
} from './support/registry-under-test';

jest.setTimeout(240_000);

const clients = selectClients(['npm-11', 'pnpm-12', 'yarn-1', 'yarn-4', 'bun']);
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe.each(selectTargets().filter((target) => target === 'distributed'))(
  'two replicas of the gateway (%s)',
  (target) => {
    let registry: RegistryUnderTest;
    let alice: TestAccount;
    let one: string;
    let other: string;

    beforeAll(async () => {
      registry = await startRegistry(target);
      alice = await registry.createUser('alice');
      [one = '', other = ''] = registry.replicas;
    });

    afterAll(async () => {
      await registry?.stop();
      removeTemporaryFolders();
    });

    it('are two', () => {
      expect(new Set(registry.replicas).size).toBe(2);
    });

    it.each(clients)(
      'serve with %s through one at once what was published through the other',
      async (name) => {
        const pkg = `@alice/shared-${name}`;
        const options = { scopes: ['@alice'], token: alice.token };
        const publisher = makeClient(name, { registry: one, ...options });
        const consumer = makeClient(name, { registry: other, ...options });
        for (const version of ['1.0.0', '1.0.1']) {
          await publisher.publish(writePackage({ name: pkg, version }), { access: 'public' });
          const project = writeProject();
          await consumer.install(project, [`${pkg}@${version}`]);
          expect(readFileSync(join(project, 'node_modules', pkg, 'index.js'), 'utf8')).toContain(version);
          consumer.clearCache();
        }
      },
    );

    it('show every new version on the other one with the first read after the answer, a hundred times', async () => {
      const pkg = '@alice/counted';
      const stale: string[] = [];
      for (let patch = 0; patch < 100; patch += 1) {
        const version = `1.0.${patch}`;
        const [to, from] = patch % 2 === 0 ? [one, other] : [other, one];
        const answer = await putVersion(to, alice.token, await buildPackage({ name: pkg, version }), {
          access: 'public',
        });
        expect(answer.status).toBe(201);
        const document = (await (await fetch(`${from}/${escapeName(pkg)}`)).json()) as {
          'dist-tags': { latest: string };
        };
        if (document['dist-tags'].latest !== version) stale.push(version);
      }
      expect(stale).toEqual([]);
    });

    it('refuse a token within a second of its revocation through the other one', async () => {
      const token = await registry.createToken(alice, ['read:packages', 'write:packages']);
      for (const url of [one, other]) {
        expect((await fetch(`${url}/-/whoami`, { headers: bearer(token.token) })).status).toBe(200);
      }
      const answer = await fetch(`${one}/-/npm/v1/tokens/token/${token.id}`, {
        method: 'DELETE',
        headers: bearer(alice.token),
      });
      expect(answer.status).toBe(204);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      for (const url of [one, other]) {
        expect((await fetch(`${url}/-/whoami`, { headers: bearer(token.token) })).status).toBe(401);
      }
      const [name] = clients;
      if (!name) throw new Error('No client is installed');
      const former = makeClient(name, { registry: other, scopes: ['@alice'], token: token.token });
      await expect(former.publish(writePackage({ name: '@alice/late', version: '1.0.0' }))).rejects.toThrow(
        ClientError,
      );
    });

    it('let exactly one of two publishes of the same version through both replicas win', async () => {
      const outcomes: number[][] = [];
      for (let round = 0; round < 10; round += 1) {
        const name = `@alice/raced-${round}`;
        const contents = ['one', 'other'].map((text) =>
          buildPackage({ name, version: '1.0.0', files: { 'who.txt': text } }),
        );
        const [first, second] = await Promise.all(contents);
        if (!first || !second) throw new Error('Nothing was built');
        const answers = await Promise.all([
          putVersion(one, alice.token, first),
          putVersion(other, alice.token, second),
        ]);
        outcomes.push(answers.map(({ status }) => status).sort());
      }
      expect(outcomes).toEqual(outcomes.map(() => [201, 409]));
    });
  },
);
