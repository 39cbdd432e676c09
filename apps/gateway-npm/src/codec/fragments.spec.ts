import { isNamed, renameFragment, renderFragments, renderVersion, type Dist } from './fragments';

const dist: Dist = {
  integrity: 'sha512-x',
  shasum: 'ab',
  fileCount: 2,
  unpackedSize: 10,
  signatures: [{ keyid: 'SHA256:k', sig: 'of acme' }],
  predicateType: 'https://slsa.dev/provenance/v1',
};
const sign = (name: string, version: string, integrity: string) => ({
  keyid: 'SHA256:k',
  sig: `${name}@${version}:${integrity}`,
});

function fragmentsOf(name: string, more: Record<string, unknown> = {}) {
  const manifest = { name, version: '1.0.0', dependencies: { '@acme/base': '1' }, ...more };
  return renderFragments({ ...manifest, _id: `${name}@1.0.0` }, dist, {
    tarball: `${name}/-/thing-1.0.0.tgz`,
    attestations: `-/npm/v1/attestations/${name.replace('/', '%2f')}@1.0.0`,
  });
}
const read = (fragment: string) =>
  JSON.parse(renderVersion(fragment, 'https://pkg.example.test')) as Record<string, unknown>;

describe('a fragment of a package that has another name by now', () => {
  it('is shown under that name: tarball, id and signature; what it needs stays what it says', () => {
    const { full, abbreviated } = fragmentsOf('@acme/thing');
    expect(read(renameFragment(full, '@apex/thing', sign))).toEqual({
      name: '@apex/thing',
      version: '1.0.0',
      _id: '@apex/thing@1.0.0',
      dependencies: { '@acme/base': '1' },
      dist: {
        ...{ integrity: 'sha512-x', shasum: 'ab', fileCount: 2, unpackedSize: 10 },
        signatures: [{ keyid: 'SHA256:k', sig: '@apex/thing@1.0.0:sha512-x' }],
        tarball: 'https://pkg.example.test/@apex/thing/-/thing-1.0.0.tgz',
      },
    });
    const short = renameFragment(abbreviated, '@apex/thing', sign);
    expect(read(short)).not.toHaveProperty('_id');
    expect(isNamed(short, '@apex/thing')).toBe(true);
  });

  it('is as it was under its own name, whatever keys its manifest has', () => {
    for (const more of [{}, { 0: 'first of all keys' }, { ['__proto__']: { x: 1 } }]) {
      const { full } = fragmentsOf('@acme/thing', more);
      expect(renameFragment(full, '@acme/thing', sign)).toBe(full);
      expect(renameFragment(renameFragment(full, '@apex/thing', sign), '@apex/thing', sign)).toBe(
        renameFragment(full, '@apex/thing', sign),
      );
    }
    expect(isNamed(fragmentsOf('@acme/thing', { 0: 'x' }).full, '@acme/thing')).toBe(false);
    expect(isNamed(fragmentsOf('@acme/thing').full, '@acme/thin')).toBe(false);
  });

  it('keeps content that looks like a place of the base address, or like the former name', () => {
    const description = '\u0001/@acme/thing \\u0001';
    const { full } = fragmentsOf('@acme/thing', { description });
    expect(read(renameFragment(full, '@apex/thing', sign))['description']).toBe(description);
  });
});
