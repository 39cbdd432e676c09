import { hoist, nextRevision, patchProperties, type PackageState } from './package-state';

const state: PackageState = {
  id: 'p',
  number: 1,
  format: 'toy',
  ownerId: 'o',
  name: 'Widget',
  nameKey: 'widget',
  visibility: 'public',
  scope: 'owner',
  repositoryId: null,
  inheritsAccess: false,
  revision: 4,
  createdAt: new Date('2026-01-01T00:00:00Z'),
  updatedAt: new Date('2026-01-02T00:00:00Z'),
  removedAt: null,
  purgedAt: null,
  versionCount: 2,
  headTag: 'latest',
  properties: { description: 'old', license: 'MIT', homepage: 'own' },
  hoistedKeys: ['description', 'license'],
  isContentAddressed: false,
  immutableTags: [],
  linkOpen: false,
};

describe('package state', () => {
  it('replaces what the former head brought, and keeps what was set on the package itself', () => {
    const after = hoist(state, { description: 'new' });
    expect(after.properties).toEqual({ description: 'new', homepage: 'own' });
    expect(after.hoistedKeys).toEqual(['description']);
    expect(state.properties).toEqual({ description: 'old', license: 'MIT', homepage: 'own' });
  });

  it('sets and takes away properties, also those with names that objects have by birth', () => {
    const hostile = Object.fromEntries([
      ['__proto__', 'x'],
      ['constructor', 'y'],
      ['license', null],
    ]) as Record<string, string | null>;
    const { properties } = patchProperties(state, hostile);
    expect(Object.entries(properties)).toEqual([
      ['description', 'old'],
      ['homepage', 'own'],
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
    expect(Object.getPrototypeOf(properties)).toBe(Object.prototype);
  });

  it('refuses properties that would not fit a message', () => {
    expect(() => patchProperties(state, { readme: 'x'.repeat(400_001) })).toThrow('larger than 400000 bytes');
  });

  it('never lets the time of a package run backwards', () => {
    expect(nextRevision(state, new Date('2026-01-01T12:00:00Z'))).toMatchObject({
      revision: 5,
      updatedAt: state.updatedAt,
    });
    const later = new Date('2026-01-03T00:00:00Z');
    expect(nextRevision(state, later).updatedAt).toBe(later);
  });
});
