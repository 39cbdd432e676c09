import { isReadable, type PackageFacts, type Readable, type Visibility } from '@packhouse/contracts';
import fc from 'fast-check';
import { readableCondition } from '../src/persistence/readable-condition';
import { startMetadata, type StartedMetadata } from './support/start-metadata';

const uuid = (n: number): string => `01900000-0000-7000-8000-0000000000${10 + n}`;
const oneId = fc.nat({ max: 3 }).map(uuid);
const someIds = fc.uniqueArray(oneId, { maxLength: 2 });

const packages = fc.array(
  fc
    .record({
      ownerId: oneId,
      format: fc.constantFrom('toy', 'other'),
      name: fc.constantFrom('tool', 'Tool-kit', 'web_ui', 'web-ui', '100%'),
      visibility: fc.constantFrom<Visibility>('public', 'private', 'internal'),
      scope: fc.constantFrom<PackageFacts['scope']>('owner', 'repository'),
      repositoryId: fc.option(oneId),
      inheritsAccess: fc.boolean(),
    })
    .map((facts, number = 0): Omit<PackageFacts, 'id'> => ({
      ...{ ...facts, number, nameKey: facts.name, linkOpen: false, revision: 1 },
      ...{ createdAt: '2026-01-01T00:00:00Z', updatedAt: '2026-01-01T00:00:00Z' },
    })),
  { minLength: 4, maxLength: 4 },
);

const readables: fc.Arbitrary<Readable> = fc.record({
  everything: fc.boolean(),
  ownerIds: someIds,
  internalOwnerIds: someIds,
  inheritingOwnerIds: someIds,
  repositoryIds: someIds,
  packageIds: someIds,
  workflowPackageIds: someIds,
  repositoryScoped: fc.boolean(),
  disabledFormats: fc.subarray(['toy', 'other']),
  elsewhere: fc.constant(null),
  namePatterns: fc.option(fc.subarray(['tool', 'TOOL*', 'web_ui', '*-ui', '100%', '*'], { minLength: 1 })),
});

const columns = [
  'id',
  'owner_id',
  'format',
  'name',
  'visibility',
  'scope',
  'repository_id',
  'inherits_access',
];
const types = ['uuid', 'uuid', 'text', 'text', 'text', 'text', 'uuid', 'boolean'];

describe('the condition of lists', () => {
  let metadata: StartedMetadata;
  beforeAll(async () => {
    metadata = await startMetadata();
  }, 60_000);
  afterAll(() => metadata?.stop());

  async function listed(all: readonly PackageFacts[], readable: Readable): Promise<string[]> {
    const values: unknown[] = [];
    const add = (value: unknown): string => `$${values.push(value)}`;
    const rows = all.map((one) =>
      [
        ...[one.id, one.ownerId, one.format, one.name],
        ...[one.visibility, one.scope, one.repositoryId, one.inheritsAccess],
      ]
        .map((value, i) => `${add(value)}::${types[i]}`)
        .join(', '),
    );
    const found = await metadata.database.query<{ id: string }>(
      `SELECT p.id FROM (VALUES ${rows.map((row) => `(${row})`).join(', ')}) AS p (${columns.join(', ')})
       WHERE ${readableCondition(readable, add)} ORDER BY p.id`,
      values,
    );
    return found.map(({ id }) => id);
  }

  it('lets through exactly what may be named to the caller', async () => {
    await fc.assert(
      fc.asyncProperty(packages, readables, async (made, readable) => {
        const all = made.map((facts, i) => ({ ...facts, id: uuid(i) }));
        const expected = all.filter((facts) => isReadable(facts, readable)).map(({ id }) => id);
        expect(await listed(all, readable)).toEqual(expected);
      }),
      { numRuns: 400, endOnFailure: true },
    );
  }, 60_000);
});
