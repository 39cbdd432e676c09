import fc from 'fast-check';
import { DomainError } from '@packhouse/kernel';
import { findDigest, findReference, isTag, readDigest, readTag } from './reference';

/** The protocol's code of a refusal, and its sentence. */
function refusalOf(work: () => unknown): { code: unknown; sentence: string } | null {
  try {
    work();
    return null;
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return { code: error.details['oci'], sentence: error.message };
  }
}

const sha256 = `sha256:${'0123456789abcdef'.repeat(4)}`;
const sha512 = `sha512:${'0123456789abcdef'.repeat(8)}`;

describe('a digest', () => {
  it('is an algorithm and hexadecimal digits of its length', () => {
    expect(findDigest(sha256)).toEqual({ algorithm: 'sha256', hex: sha256.slice(7), text: sha256 });
    expect(findDigest(sha512)).toMatchObject({ algorithm: 'sha512', text: sha512 });
  });

  it.each([
    sha256.toUpperCase(),
    sha256.replace('sha256', 'SHA256'),
    sha256.replace(/f/g, 'F'),
    sha256.slice(0, -1),
    `${sha256}0`,
    sha512.replace('sha512', 'sha256'),
    sha256.replace('sha256', 'sha512'),
    'sha256:baddigeststring',
    'sha256:../../etc/passwd',
    `md5:${'a'.repeat(32)}`,
    `blake3:${'a'.repeat(64)}`,
    `constructor:${'a'.repeat(64)}`,
    `:${'a'.repeat(64)}`,
    'a'.repeat(64),
    '',
  ])('is not %s', (text) => {
    expect(findDigest(text)).toBeNull();
    expect(refusalOf(() => readDigest(text))).toMatchObject({ code: 'DIGEST_INVALID' });
  });

  it('says which algorithms there are when another is asked for', () => {
    expect(() => readDigest(`blake3:${'a'.repeat(64)}`)).toThrow(/sha256 and sha512/);
  });
});

describe('a tag', () => {
  it.each(['1', 'latest', '_a', 'A.b-c_d', 'sha256-abc.sig', 'a'.repeat(128)])('may be %s', (tag) => {
    expect(readTag(tag)).toBe(tag);
  });

  it.each(['', '.a', '-a', 'a+b', 'a/b', 'a b', 'ä', 'a'.repeat(129), 'a\n'])('may not be %j', (tag) => {
    expect(isTag(tag)).toBe(false);
    expect(refusalOf(() => readTag(tag))).toMatchObject({ code: 'TAG_INVALID' });
  });
});

describe('a reference', () => {
  it('with a colon is a digest and nothing else', () => {
    expect(findReference(sha512)).toMatchObject({ kind: 'digest' });
    expect(refusalOf(() => findReference('sha256:abc'))).toMatchObject({ code: 'DIGEST_INVALID' });
    expect(findReference(sha256.replace(':', '-'))).toEqual({ kind: 'tag', tag: sha256.replace(':', '-') });
  });

  it('that is neither a digest nor a tag names nothing', () => {
    expect(findReference('.INVALID_MANIFEST_NAME')).toBeNull();
  });

  it('is never both, whatever the text', () => {
    fc.assert(fc.property(fc.string(), (text) => !(isTag(text) && findDigest(text))));
  });
});
