import type { PackageSummary } from '@packhouse/contracts';
import type { MinimalRepository } from '../rest/serialisers/minimal-repository';
import { toPackage } from '../rest/serialisers/package';
import type { SimpleUser } from '../rest/serialisers/simple-user';
import { WrittenJson } from '../rest/written-json';
import { WrittenPackages } from './written-packages';

const found = {
  ...{ id: 'p', number: 7, apiName: 'lib', name: '@acme/lib', versionCount: 1, visibility: 'private' },
  ...{ createdAt: '2026-01-01T00:00:00.000Z', updatedAt: '2026-01-02T00:00:00.000Z', downloads: 3 },
} as PackageSummary;
const ownerOf = (login: string) => WrittenJson.of({ login } as unknown as SimpleUser);
const repositoryOf = (name: string) => WrittenJson.of({ name } as unknown as MinimalRepository);
const placeOf = (login: string, base = 'http://one') => ({
  ...{ owner: { login, kind: 'organization' } as never, packageType: 'npm', base },
  shownOwner: ownerOf(login),
});

describe('written packages', () => {
  const packages = new WrittenPackages();
  const write = (...given: Parameters<WrittenPackages['write']>): unknown =>
    JSON.parse(packages.write(...given).text);
  const plain = (...given: Parameters<WrittenPackages['write']>): unknown =>
    JSON.parse(JSON.stringify(toPackage(...given)));

  it.each<[string, Parameters<WrittenPackages['write']>]>([
    ['a reader who sees the repository', [found, repositoryOf('app'), placeOf('acme')]],
    ['one who does not', [found, null, placeOf('acme')]],
    ['one who sees it renamed', [found, repositoryOf('other'), placeOf('acme')]],
    ['one who comes by another address', [found, null, placeOf('acme', 'http://two')]],
    ['a package of another login', [found, null, placeOf('globex')]],
    ['a new version', [{ ...found, versionCount: 2 }, null, placeOf('acme')]],
    ['another visibility', [{ ...found, visibility: 'public' }, null, placeOf('acme')]],
    ['a new name', [{ ...found, apiName: 'lib-2' }, null, placeOf('acme')]],
    ['a later change', [{ ...found, updatedAt: '2026-03-01T00:00:00.000Z' }, null, placeOf('acme')]],
  ])('are for %s what they would be if nothing were kept', (_what, given) => {
    const before = packages.write(found, repositoryOf('app'), placeOf('acme'));
    expect(before.bytes.length).toBeGreaterThan(0);
    expect(write(...given)).toEqual(plain(...given));
    expect(write(...given)).toEqual(plain(...given));
  });

  it('are written once while nothing changes', () => {
    const [first, second] = [1, 2].map(() =>
      packages.write({ ...found }, repositoryOf('app'), placeOf('acme')),
    );
    expect(second).toBe(first);
  });
});
