import { labelsOf, platformsOf, propertiesOf, readConfig } from './image-facts';
import { readManifest } from './manifest';
import { OCI_INDEX, OCI_MANIFEST } from './media-types';
import { referrerDescriptor, referrersDocument } from './referrers';
import { repositoryOfSource } from './source-link';

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const child = (letter: string, more: object): object => ({
  mediaType: OCI_MANIFEST,
  digest: digest(letter),
  size: 5,
  ...more,
});
const index = readManifest(
  Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      manifests: [
        child('a', { platform: { os: 'linux', architecture: 'amd64' } }),
        child('b', { platform: { os: 'linux', architecture: 'arm', variant: 'v7' } }),
        child('c', {
          platform: { os: 'unknown', architecture: 'unknown' },
          annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
        }),
        child('d', {}),
      ],
    }),
  ),
  OCI_INDEX,
);

describe('labels of an image', () => {
  it('are cut to what GitHub shows, between characters', () => {
    const labels = labelsOf({
      'org.opencontainers.image.description': '😀'.repeat(600),
      'org.opencontainers.image.licenses': 'M'.repeat(300),
      'org.opencontainers.image.source': ' https://example.com/a/b\0 ',
    });
    expect(Array.from(labels.description ?? '')).toHaveLength(512);
    expect(labels.licenses).toHaveLength(256);
    expect(labels.source).toBe('https://example.com/a/b');
  });

  it('are none where there is nothing to say', () => {
    expect(labelsOf({ 'org.opencontainers.image.description': '  ' })).toEqual({
      source: null,
      description: null,
      licenses: null,
    });
  });

  it('are read from the config, together with its platform', () => {
    const config = readConfig(
      Buffer.from('{"os":"linux","architecture":"arm64","config":{"Labels":{"a":"b","c":1}}}'),
    );
    expect(config).toEqual({ labels: { a: 'b' }, platform: 'linux/arm64' });
  });

  it.each(['', '[]', '{"config":[]}', 'not json', '{"config":{"Labels":["a"]}}'])(
    'are none of a config like %s',
    (text) => {
      expect(readConfig(Buffer.from(text)).labels).toEqual({});
    },
  );
});

describe('an index', () => {
  it('offers its platforms, and no attestation as one', () => {
    expect(platformsOf(index).map(({ platform }) => platform)).toEqual(['linux/amd64', 'linux/arm/v7']);
    expect(propertiesOf(index, null, 9)).toMatchObject({
      kind: 'index',
      mediaType: OCI_INDEX,
      size: '9',
      attestations: '1',
    });
  });
});

describe('a referrer', () => {
  const document = {
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: [],
    subject: child('a', {}),
    annotations: { one: '1' },
  };

  it('is shown with its annotations, and with no type where it has none', () => {
    const shown = referrerDescriptor(
      readManifest(Buffer.from(JSON.stringify(document)), OCI_INDEX),
      digest('e'),
      7,
    );
    expect(JSON.parse(shown)).toEqual({
      mediaType: OCI_INDEX,
      digest: digest('e'),
      size: 7,
      annotations: { one: '1' },
    });
  });

  it('list is an index, also an empty one', () => {
    expect(JSON.parse(referrersDocument([]))).toEqual({
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: [],
    });
    expect(JSON.parse(referrersDocument(['{"a":1}', '{"b":2}']))).toMatchObject({
      manifests: [{ a: 1 }, { b: 2 }],
    });
  });
});

describe('the repository of a source label', () => {
  it.each([
    ['https://packages.example.com/acme/tool', { ownerLogin: 'acme', name: 'tool' }],
    ['https://packages.example.com/acme/tool.git/', { ownerLogin: 'acme', name: 'tool' }],
    ['https://elsewhere.example.com/acme/tool', null],
    ['https://packages.example.com:8443/acme/tool', null],
    ['https://packages.example.com/acme', null],
    ['https://packages.example.com/acme/tool/tree/main', null],
    ['javascript:alert(1)', null],
    ['ssh://packages.example.com/acme/tool', null],
    ['acme/tool', null],
    [null, null],
  ])('%s is %j', (source, repository) => {
    expect(repositoryOfSource(source, 'packages.example.com')).toEqual(repository);
  });
});
