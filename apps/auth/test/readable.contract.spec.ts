import {
  completeReadable,
  isReadable,
  type AccessSubject,
  type PackageFacts,
  type Principal,
  type Readable,
} from '@packhouse/contracts';
import { startScratchPostgres, type ScratchPostgres } from '@packhouse/database';
import fc from 'fast-check';
import { disabledFormat, makeWorld, worldPlans } from './support/random-world';
import { someActor as actor, startAuth, type AuthReplica } from './support/start-auth';

const subjectOf = (facts: PackageFacts): AccessSubject => ({
  ...{ ownerId: facts.ownerId, ownerLogin: 'owner', name: facts.name, format: facts.format },
  ...{ scope: facts.scope, repositoryId: facts.repositoryId, newVisibility: 'private' },
  package: { id: facts.id, visibility: facts.visibility, inheritsAccess: facts.inheritsAccess },
});

describe('what a caller may list', () => {
  let postgres: ScratchPostgres;
  let auth: AuthReplica;

  beforeAll(async () => {
    postgres = await startScratchPostgres();
    auth = await startAuth(postgres);
    await auth.client.setFormatPolicy({ format: disabledFormat, state: 'disabled', actor });
  }, 60_000);
  afterAll(async () => {
    await auth?.stop();
    await postgres?.stop();
  });

  const mayRead = async (principal: Principal | null, facts: PackageFacts): Promise<boolean> =>
    (await auth.client.decide({ principal, action: 'read', subject: subjectOf(facts) })).allowed;

  const readableOf = async (principal: Principal | null, ownerId?: string): Promise<Readable> =>
    completeReadable(auth.client, await auth.client.listReadable({ principal, ownerId }));

  it('is what it may read, for every kind of caller and every package of a random world', async () => {
    const seen = { allowed: 0, hidden: 0 };
    await fc.assert(
      fc.asyncProperty(worldPlans, async (plan) => {
        const { principals, packages } = await makeWorld(auth, plan);
        for (const principal of [null, ...principals]) {
          const everywhere = await readableOf(principal);
          const answers = await Promise.all(
            packages.map(async (facts) => ({
              facts,
              decided: await mayRead(principal, facts),
              ofOwner: await readableOf(principal, facts.ownerId),
            })),
          );
          for (const { facts, decided, ofOwner } of answers) {
            if (facts.visibility !== 'public') seen[decided ? 'allowed' : 'hidden']++;
            expect({
              who: principal?.login,
              facts,
              listed: isReadable(facts, everywhere),
              listedOfOwner: isReadable(facts, ofOwner),
            }).toEqual({ who: principal?.login, facts, listed: decided, listedOfOwner: decided });
          }
        }
      }),
      { numRuns: 20, endOnFailure: true },
    );
    // Worlds in which nothing or everything is open would prove nothing.
    expect(seen.allowed).toBeGreaterThan(200);
    expect(seen.hidden).toBeGreaterThan(200);
  }, 180_000);

  it('never names a private package to a stranger', async () => {
    await fc.assert(
      fc.asyncProperty(worldPlans, async (plan) => {
        const { packages } = await makeWorld(auth, plan);
        for (const facts of packages)
          expect(await mayRead(null, facts)).toBe(
            facts.visibility === 'public' && facts.format !== disabledFormat,
          );
      }),
      { numRuns: 10, endOnFailure: true },
    );
  }, 60_000);

  it('names the repositories on which an account has a role, with that role, on every page', async () => {
    const seen = { shown: 0, hidden: 0 };
    await fc.assert(
      fc.asyncProperty(worldPlans, async (plan) => {
        const { principals, packages } = await makeWorld(auth, plan);
        const owners = new Set(packages.map(({ ownerId }) => ownerId));
        const accounts = principals.filter(({ workflow }) => workflow === null);
        for (const ownerId of owners)
          for (const accountId of new Set([null, ...accounts.map((one) => one.accountId)])) {
            const all = await auth.database.query<{ id: string }>(
              'SELECT id FROM repositories WHERE owner_id = $1 ORDER BY name_key',
              [ownerId],
            );
            const roles = await Promise.all(
              all.map(async ({ id: repositoryId }) => {
                const { role } = await auth.client.findRepositoryRole({ repositoryId, accountId });
                return role && `${repositoryId} ${role}`;
              }),
            );
            const expected = roles.filter((role) => role !== null);
            seen.shown += expected.length;
            seen.hidden += roles.length - expected.length;
            for (const offset of [0, 1, 5]) {
              const { items, total } = await auth.client.listVisibleRepositories({
                ...{ accountId, ownerId, sort: 'name', limit: 2, offset },
              });
              expect(total).toBe(expected.length);
              expect(items.map(({ id, role }) => `${id} ${role}`)).toEqual(
                expected.slice(offset, offset + 2),
              );
            }
          }
      }),
      { numRuns: 10, endOnFailure: true },
    );
    expect(seen.shown).toBeGreaterThan(50);
    expect(seen.hidden).toBeGreaterThan(50);
  }, 120_000);
});
