import { renderFragments, renderVersion, setDeprecated, type Dist, type FragmentKind } from './fragments';
import { renderPackument, type DocumentVersion } from './packument';

const dist: Dist = {
  integrity: 'sha512-x',
  shasum: 'ab',
  fileCount: 2,
  unpackedSize: 10,
  signatures: [{ keyid: 'SHA256:k', sig: 's' }],
  predicateType: 'https://slsa.dev/provenance/v1',
};
const paths = {
  tarball: '@acme/thing/-/thing-1.0.0.tgz',
  attestations: '-/npm/v1/attestations/@acme%2fthing@1.0.0',
};
const base = 'https://pkg.example.test/_registry/npm';

function fragmentsOf(version: string, more: Record<string, unknown> = {}) {
  return renderFragments(
    {
      name: '@acme/thing',
      version,
      description: 'd',
      dependencies: { a: '1' },
      scripts: { test: 'x' },
      ...more,
    },
    dist,
    paths,
  );
}

function render(kind: FragmentKind, versions: readonly DocumentVersion[], baseUrl = base) {
  return renderPackument({
    kind,
    baseUrl,
    facts: {
      name: '@acme/thing',
      createdAt: '2026-01-01T00:00:00.000Z',
      updatedAt: '2026-01-03T00:00:00.000Z',
    },
    tags: [
      { name: 'latest', version: '1.0.0' },
      { name: '__proto__', version: '1.0.0' },
    ],
    versions,
    properties: {
      description: 'A "thing"',
      readme: '# Thing',
      keywords: '["a","b"]',
      repository: '{"url":"x"}',
      bugs: 'damaged{',
    },
    maintainers: [{ name: 'alice', email: 'alice@example.test' }],
    stars: ['bob', '__proto__'],
    rev: '7',
  });
}

interface ParsedDocument extends Record<string, unknown> {
  readonly versions: Record<string, object>;
  readonly 'dist-tags': object;
  readonly users: object;
}

function parse(document: Buffer): ParsedDocument {
  return JSON.parse(document.toString()) as ParsedDocument;
}

describe('documents of a package', () => {
  const versions: DocumentVersion[] = [
    {
      version: '1.0.0',
      publishedAt: '2026-01-01T00:00:00.000Z',
      removed: false,
      fragment: fragmentsOf('1.0.0').full,
    },
    { version: '0.9.0', publishedAt: '2026-01-02T00:00:00.000Z', removed: true, fragment: null },
  ];

  it('renders the full form with everything that clients read', () => {
    const document = parse(render('full', versions));
    expect(document).toMatchObject({
      _id: '@acme/thing',
      _rev: '7',
      name: '@acme/thing',
      description: 'A "thing"',
      readme: '# Thing',
      keywords: ['a', 'b'],
      repository: { url: 'x' },
      maintainers: [{ name: 'alice', email: 'alice@example.test' }],
      _attachments: {},
      time: {
        created: '2026-01-01T00:00:00.000Z',
        modified: '2026-01-03T00:00:00.000Z',
        '1.0.0': '2026-01-01T00:00:00.000Z',
        '0.9.0': '2026-01-02T00:00:00.000Z',
      },
    });
    expect(Object.keys(document.versions)).toEqual(['1.0.0']);
    expect(document.versions['1.0.0']).toMatchObject({
      dist: {
        ...{ integrity: 'sha512-x', shasum: 'ab', fileCount: 2, unpackedSize: 10 },
        tarball: `${base}/@acme/thing/-/thing-1.0.0.tgz`,
      },
    });
    expect(document).not.toHaveProperty('bugs');
  });

  it('points attestations at the same base, prefix included', () => {
    const version = JSON.parse(renderVersion(fragmentsOf('1.0.0').full, `${base}/`)) as {
      dist: { attestations: unknown; predicateType?: string };
    };
    expect(version.dist.attestations).toEqual({
      url: `${base}/-/npm/v1/attestations/@acme%2fthing@1.0.0`,
      provenance: { predicateType: 'https://slsa.dev/provenance/v1' },
    });
    expect(version.dist.predicateType).toBeUndefined();
  });

  it('renders the abbreviated form with the listed fields only, and time', () => {
    const document = parse(
      render('abbreviated', [
        {
          ...versions[0]!,
          fragment: fragmentsOf('1.0.0', { _npmUser: {}, os: ['linux'], deprecated: 'old' }).abbreviated,
        },
      ]),
    );
    expect(Object.keys(document)).toEqual(['name', 'modified', 'dist-tags', 'time', 'versions']);
    expect(Object.keys(document.versions['1.0.0']!).sort()).toEqual([
      'dependencies',
      'deprecated',
      'dist',
      'name',
      'os',
      'version',
    ]);
  });

  it('keeps __proto__ as a mere key', () => {
    const document = parse(render('full', versions));
    expect(Object.hasOwn(document['dist-tags'], '__proto__')).toBe(true);
    expect(Object.hasOwn(document.users, '__proto__')).toBe(true);
    expect(({} as Record<string, unknown>)['1.0.0']).toBeUndefined();
  });

  it('renders a base URL literally, whatever patterns it imitates', () => {
    const text = render('full', versions, 'https://h/$&"$1').toString();
    expect(parse(Buffer.from(text)).versions['1.0.0']).toMatchObject({
      dist: { tarball: 'https://h/$&"$1/@acme/thing/-/thing-1.0.0.tgz' },
    });
  });

  it('does not take control characters or escapes of the content for its placeholder', () => {
    const description = 'raw \u0001 and escaped \\u0001 and \\\\u0001';
    const fragment = fragmentsOf('1.0.0', { description }).full;
    for (const text of [
      fragment,
      setDeprecated(fragment, 'old \u0001'),
      setDeprecated(setDeprecated(fragment, 'x'), null),
    ]) {
      const version = JSON.parse(renderVersion(text, base)) as {
        description: string;
        dist: { tarball: string };
      };
      expect(version.description).toBe(description);
      expect(version.dist.tarball).toBe(`${base}/@acme/thing/-/thing-1.0.0.tgz`);
    }
  });

  it('sets and removes a deprecation and changes nothing else', () => {
    for (const kind of ['full', 'abbreviated'] as const) {
      const fragment = fragmentsOf('1.0.0')[kind];
      const deprecated = setDeprecated(fragment, 'use 2.x');
      const before = JSON.parse(renderVersion(fragment, base)) as object;
      expect(JSON.parse(renderVersion(deprecated, base))).toEqual({ ...before, deprecated: 'use 2.x' });
      expect(setDeprecated(deprecated, null)).toBe(fragment);
      expect(setDeprecated(deprecated, '')).toBe(fragment);
    }
  });

  it('refuses a manifest above the limit', () => {
    expect(() => fragmentsOf('1.0.0', { blob: 'x'.repeat(260_000) })).toThrow('package.json is too large');
    expect(() =>
      fragmentsOf('1.0.0', {
        dependencies: Object.fromEntries(Array.from({ length: 24_000 }, (_, i) => [`"${i}`, ''])),
      }),
    ).toThrow('package.json is too large');
  });

  it('renders eight times the versions in about eight times the time', () => {
    const filler = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`dependency-${index}`, '^1.2.3']),
    );
    const fragment = fragmentsOf('1.0.0', { filler }).full;
    const many = Array.from({ length: 8000 }, (_, index) => ({
      version: `1.0.${index}`,
      publishedAt: '2026-01-01T00:00:00.000Z',
      removed: false,
      fragment,
    }));
    const quickest = (count: number): number =>
      Math.min(
        ...[1, 2, 3].map(() => {
          const started = performance.now();
          const document = render('full', many.slice(0, count));
          const took = performance.now() - started;
          expect(Object.keys(parse(document).versions)).toHaveLength(count);
          return took;
        }),
      );
    // Sixty-four times, if each version looked at those before it.
    expect(quickest(8000) / quickest(1000)).toBeLessThan(40);
  });
});
