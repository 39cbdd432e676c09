import { DomainError } from '@packhouse/kernel';
import { artifactTypeOf, readManifest, requiredBlobs } from './manifest';
import { DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST } from './media-types';

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

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const blob = (letter: string, more: object = {}): object => ({
  mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
  digest: digest(letter),
  size: 10,
  ...more,
});
const image = (more: object = {}): object => ({
  schemaVersion: 2,
  mediaType: OCI_MANIFEST,
  config: blob('c', { mediaType: 'application/vnd.oci.image.config.v1+json' }),
  layers: [blob('a'), blob('b')],
  ...more,
});
const index = (more: object = {}): object => ({
  schemaVersion: 2,
  mediaType: OCI_INDEX,
  manifests: [blob('a', { mediaType: OCI_MANIFEST }), blob('b', { mediaType: OCI_MANIFEST })],
  ...more,
});
const read = (document: object | string, type: string | null = OCI_MANIFEST) =>
  readManifest(Buffer.from(typeof document === 'string' ? document : JSON.stringify(document)), type);

describe('a manifest', () => {
  it('of an image says which content it needs', () => {
    const manifest = read(image());
    expect(manifest).toMatchObject({ kind: 'image', mediaType: OCI_MANIFEST, children: [], subject: null });
    expect(requiredBlobs(manifest).map((each) => each.digest.text)).toEqual([
      digest('c'),
      digest('a'),
      digest('b'),
    ]);
  });

  it.each([
    [DOCKER_MANIFEST, 'image', image({ mediaType: DOCKER_MANIFEST })],
    [DOCKER_LIST, 'index', index({ mediaType: DOCKER_LIST })],
    [OCI_INDEX, 'index', index()],
    [OCI_INDEX, 'index', index({ manifests: [] })],
    [OCI_INDEX, 'index', index({ manifests: [blob('a', { mediaType: OCI_INDEX })] })],
    [OCI_MANIFEST, 'image', image({ layers: [] })],
    [OCI_MANIFEST, 'image', image({ mediaType: undefined, unknown: { deep: [1, 'x', null] }, Own: true })],
  ])('of type %s is taken as %s', (type, kind, document) => {
    expect(read(document, type)).toMatchObject({ kind, mediaType: type });
  });

  it('without a type in the request is of the type that it gives itself, or that it shows', () => {
    expect(read(image(), null).mediaType).toBe(OCI_MANIFEST);
    expect(read(index({ mediaType: undefined }), null).mediaType).toBe(OCI_INDEX);
    expect(read(image({ mediaType: undefined }), null).mediaType).toBe(OCI_MANIFEST);
    expect(refusalOf(() => read({ schemaVersion: 2 }, null))).toMatchObject({
      code: 'MANIFEST_INVALID',
      sentence: expect.stringMatching(/which type/) as unknown,
    });
  });

  it('needs none of the layers that are kept elsewhere', () => {
    const foreign = [
      blob('d', {
        mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
        urls: ['https://elsewhere.example/x'],
      }),
      blob('e', { mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar' }),
      blob('f', { urls: ['http://elsewhere.example/y'] }),
    ];
    expect(
      requiredBlobs(read(image({ layers: [...foreign, blob('a')] }))).map((each) => each.digest.text),
    ).toEqual([digest('c'), digest('a')]);
  });

  it('that lists layers as entries, as caches of BuildKit did, needs them as blobs', () => {
    const manifest = read(
      index({ manifests: [blob('a'), blob('b', { mediaType: 'application/vnd.buildkit.cacheconfig.v0' })] }),
      OCI_INDEX,
    );
    expect(manifest.children).toEqual([]);
    expect(requiredBlobs(manifest)).toHaveLength(2);
  });

  it('is called by its artifact type, or an image by the type of its config, or nothing', () => {
    expect(artifactTypeOf(read(image({ artifactType: 'application/x' })))).toBe('application/x');
    expect(artifactTypeOf(read(image({ artifactType: '' })))).toBe(
      'application/vnd.oci.image.config.v1+json',
    );
    expect(artifactTypeOf(read(index(), OCI_INDEX))).toBeNull();
  });

  it('may be about another, which need not be there', () => {
    expect(read(image({ subject: blob('9', { mediaType: OCI_MANIFEST }) })).subject?.digest.text).toBe(
      digest('9'),
    );
  });
});

describe('a document that could be two things', () => {
  it.each<[string, object, string | null]>([
    ['manifests', image({ manifests: [] }), OCI_MANIFEST],
    ['layers', index({ layers: [] }), OCI_INDEX],
    ['config', index({ config: null }), OCI_INDEX],
    ['fsLayers', image({ fsLayers: [] }), OCI_MANIFEST],
    ['Content-Type', index(), OCI_MANIFEST],
    ['Content-Type', image({ mediaType: DOCKER_MANIFEST }), OCI_MANIFEST],
    ['some readers', image({ Manifests: [] }), OCI_MANIFEST],
    ['some readers', image({ layerſ: [] }), OCI_MANIFEST],
    ['some readers', image({ layers: [blob('a', { Digest: digest('b') })] }), OCI_MANIFEST],
  ])('is refused for its %s', (what, document, type) => {
    expect(refusalOf(() => read(document, type))).toMatchObject({
      code: 'MANIFEST_INVALID',
      sentence: expect.stringMatching(new RegExp(what)) as unknown,
    });
  });

  it('is refused for a key that is there twice', () => {
    const twice = JSON.stringify(image()).replace('"schemaVersion":2', '"schemaVersion":2,"layers":[]');
    expect(refusalOf(() => read(twice))).toMatchObject({
      code: 'MANIFEST_INVALID',
      sentence: expect.stringMatching(/"layers" is there twice/) as unknown,
    });
  });
});

describe('a document that is no manifest', () => {
  it.each<[RegExp, object | string, string | null]>([
    [/schema 1/, { schemaVersion: 1 }, 'application/vnd.docker.distribution.manifest.v1+prettyjws'],
    [/not the type/, {}, 'application/vnd.oci.artifact.manifest.v1+json'],
    [/not the type/, {}, 'application/json'],
    [/schemaVersion/, image({ schemaVersion: 1 }), OCI_MANIFEST],
    [/schemaVersion/, image({ schemaVersion: '2' }), OCI_MANIFEST],
    [/not a JSON object/, [], OCI_MANIFEST],
    [/ends early/, '', OCI_MANIFEST],
    [/config is not a descriptor/, image({ config: undefined }), OCI_MANIFEST],
    [/no list "layers"/, image({ layers: undefined }), OCI_MANIFEST],
    [/no list "manifests"/, index({ manifests: {} }), OCI_INDEX],
    [/layers\[0\]\.digest/, image({ layers: [blob('a', { digest: 'sha256:abc' })] }), OCI_MANIFEST],
    [/layers\[0\]\.size/, image({ layers: [blob('a', { size: -1 })] }), OCI_MANIFEST],
    [/layers\[0\]\.size/, image({ layers: [blob('a', { size: 1.5 })] }), OCI_MANIFEST],
    [/layers\[0\]\.size/, image({ layers: [blob('a', { size: '10' })] }), OCI_MANIFEST],
    [/no mediaType/, image({ layers: [blob('a', { mediaType: '' })] }), OCI_MANIFEST],
    [/urls/, image({ layers: [blob('a', { urls: ['file:///etc/passwd'] })] }), OCI_MANIFEST],
    [/two sizes/, image({ layers: [blob('a'), blob('a', { size: 11 })] }), OCI_MANIFEST],
    [/annotations/, image({ annotations: { a: 1 } }), OCI_MANIFEST],
    [/subject/, image({ subject: 'sha256:abc' }), OCI_MANIFEST],
    [/more than 1000 layers/, image({ layers: Array.from({ length: 1001 }, () => blob('a')) }), OCI_MANIFEST],
    [
      /more than 10000/,
      index({ manifests: Array.from({ length: 10_001 }, () => blob('a', { mediaType: OCI_MANIFEST })) }),
      OCI_INDEX,
    ],
  ])('is refused with a sentence about %s', (sentence, document, type) => {
    expect(refusalOf(() => read(document, type))).toMatchObject({
      code: 'MANIFEST_INVALID',
      sentence: expect.stringMatching(sentence) as unknown,
    });
  });
});
