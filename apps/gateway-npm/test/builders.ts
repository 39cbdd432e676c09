import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { pack, type Header } from 'tar-stream';

/** Manifests as a test writes them. */
export type Manifest = Record<string, unknown> & { name: string; version: string };

/** An entry as it goes into the archive; `name` is the full path, top folder included. */
export type TarEntrySource = Partial<Header> & { readonly name: string; readonly content?: string | Buffer };

export interface TarballSource {
  readonly name?: string;
  readonly version?: string;
  /** More fields of package.json. */
  readonly manifest?: Record<string, unknown>;
  /** Files below the top folder. */
  readonly files?: Record<string, string | Buffer>;
  /** The top folder; npm calls it `package`. */
  readonly folder?: string;
  /** Entries as they are, after the files. */
  readonly entries?: readonly TarEntrySource[];
}

/** The bytes of a tar archive with exactly these entries. */
export async function makeTar(entries: readonly TarEntrySource[]): Promise<Buffer> {
  const archive = pack();
  for (const { content, ...header } of entries) {
    const mtime = new Date(499_162_500_000);
    if (content === undefined) archive.entry({ ...header, mtime });
    else archive.entry({ ...header, mtime }, content);
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A package's tarball; without options that of `@acme/thing@1.0.0`. */
export async function makeTarball(source: TarballSource = {}): Promise<Buffer> {
  const { name = '@acme/thing', version = '1.0.0', folder = 'package', files = {}, entries = [] } = source;
  const manifest = JSON.stringify({ name, version, ...source.manifest }, null, 2);
  const all = Object.entries({ 'package.json': manifest, ...files });
  const listed = all.map(([path, content]) => ({ name: `${folder}/${path}`, content }));
  return gzipSync(await makeTar([...listed, ...entries]));
}

export interface PublishDocumentSource {
  readonly tarball: Buffer;
  readonly manifest: Manifest;
  readonly tags?: Record<string, string>;
  readonly access?: string | null;
  /** Replaces members of the document. */
  readonly overrides?: Record<string, unknown>;
  /** Further attachments. */
  readonly attachments?: Record<string, unknown>;
}

/** The document of `PUT /NAME` as npm 11 sends it. */
export function makePublishDocument(source: PublishDocumentSource): Record<string, unknown> {
  const { tarball, manifest, access = null } = source;
  const { name, version } = manifest;
  const file = `${name}-${version}.tgz`;
  const dist = {
    integrity: `sha512-${createHash('sha512').update(tarball).digest('base64')}`,
    shasum: createHash('sha1').update(tarball).digest('hex'),
    tarball: `http://elsewhere.example/${name}/-/${file}`,
  };
  return {
    _id: name,
    name,
    'dist-tags': source.tags ?? { latest: version },
    versions: {
      [version]: {
        _id: `${name}@${version}`,
        _nodeVersion: '20.20.2',
        _npmVersion: '11.0.0',
        dist,
        ...manifest,
      },
    },
    access,
    _attachments: {
      [file]: {
        content_type: 'application/octet-stream',
        data: tarball.toString('base64'),
        length: tarball.length,
      },
      ...source.attachments,
    },
    ...source.overrides,
  };
}

/** A tarball and the document that publishes it; the manifest in both is the same. */
export async function makePublish(
  source: TarballSource & Omit<Partial<PublishDocumentSource>, 'tarball' | 'manifest'> = {},
): Promise<{ tarball: Buffer; manifest: Manifest; document: Record<string, unknown> }> {
  const manifest: Manifest = {
    name: source.name ?? '@acme/thing',
    version: source.version ?? '1.0.0',
    ...source.manifest,
  };
  const tarball = await makeTarball(source);
  return { tarball, manifest, document: makePublishDocument({ ...source, tarball, manifest }) };
}

/** The attachment of a provenance bundle about a tarball, as text and unsigned. */
export function makeBundleAttachment(subject: {
  name: string;
  version: string;
  tarball: Buffer;
}): Record<string, unknown> {
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [
      {
        name: `pkg:npm/${subject.name.replace('@', '%40')}@${subject.version}`,
        digest: { sha512: createHash('sha512').update(subject.tarball).digest('hex') },
      },
    ],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {},
  };
  const payload = Buffer.from(JSON.stringify(statement)).toString('base64');
  const mediaType = 'application/vnd.dev.sigstore.bundle.v0.3+json';
  const data = JSON.stringify({
    mediaType,
    dsseEnvelope: { payload, payloadType: 'application/vnd.in-toto+json', signatures: [] },
  });
  return {
    [`${subject.name}-${subject.version}.sigstore`]: { content_type: mediaType, data, length: data.length },
  };
}

/** Tarballs that a registry must refuse, by what is wrong with them. */
export const hostileTarballs: Readonly<Record<string, () => Promise<Buffer>>> = {
  'a path out of the package': () =>
    makeTarball({ entries: [{ name: 'package/../../etc/passwd', content: 'x' }] }),
  'an absolute path': () => makeTarball({ entries: [{ name: '/etc/passwd', content: 'x' }] }),
  'a drive letter': () => makeTarball({ entries: [{ name: 'C:/windows/x', content: 'x' }] }),
  'a backslash': () => makeTarball({ entries: [{ name: 'package\\..\\x', content: 'x' }] }),
  'a path above the limit': () =>
    makeTarball({ entries: [{ name: `package/${'long/'.repeat(900)}x`, content: 'x' }] }),
  'a symbolic link': () =>
    makeTarball({ entries: [{ name: 'package/link', type: 'symlink', linkname: '/etc' }] }),
  'a hard link': () =>
    makeTarball({ entries: [{ name: 'package/link', type: 'link', linkname: 'package/package.json' }] }),
  'a device': () =>
    makeTarball({ entries: [{ name: 'package/null', type: 'character-device', devmajor: 1, devminor: 3 }] }),
  'a named pipe': () => makeTarball({ entries: [{ name: 'package/pipe', type: 'fifo' }] }),
  'a second package.json': () => makeTarball({ entries: [{ name: 'other/package.json', content: '{}' }] }),
  'a package.json in capitals beside it': () =>
    makeTarball({ entries: [{ name: 'package/Package.JSON', content: '{}' }] }),
  'an extended header of a megabyte': () =>
    makeTarball({ entries: [{ name: 'package/x', content: 'x', pax: { comment: 'x'.repeat(1_000_000) } }] }),
  'no package.json': async () => gzipSync(await makeTar([{ name: 'package/index.js', content: '' }])),
  'a package.json that is a folder': async () =>
    gzipSync(await makeTar([{ name: 'package/package.json', type: 'directory' }])),
  'a package.json that is not JSON': async () =>
    gzipSync(await makeTar([{ name: 'package/package.json', content: '{"name":' }])),
  'a package.json that is a list': async () =>
    gzipSync(await makeTar([{ name: 'package/package.json', content: '[]' }])),
  'a package.json above the limit': () => makeTarball({ manifest: { description: 'x'.repeat(1_100_000) } }),
  'a plain text': async () => Buffer.from('this is not a tarball'),
  'a tar without gzip': () => makeTar([{ name: 'package/package.json', content: '{}' }]),
  'gzip around something else': async () => gzipSync(Buffer.alloc(4000, 'no tar')),
  'a cut-off gzip stream': async () =>
    (await makeTarball({ files: { 'x.txt': 'x'.repeat(5000) } })).subarray(0, -20),
  'a cut-off archive': async () =>
    gzipSync(
      (await makeTar([{ name: 'package/package.json', content: `{}${' '.repeat(3000)}` }])).subarray(0, 1024),
    ),
  'bytes after the gzip stream': async () => Buffer.concat([await makeTarball(), Buffer.from('more')]),
  'zeros after the gzip stream': async () => Buffer.concat([await makeTarball(), Buffer.alloc(512)]),
  'a second gzip member': async () =>
    Buffer.concat([await makeTarball(), gzipSync(await makeTar([{ name: 'package/extra', content: 'x' }]))]),
  'a damaged checksum': async () => {
    const tarball = await makeTarball();
    tarball[tarball.length - 6]! ^= 0xff;
    return tarball;
  },
};

/** A valid archive of nothing but zeros: `megabytes` of them in about a thousandth of the size. */
export function makeBomb(megabytes: number): Promise<Buffer> {
  return makeTarball({ files: { 'zeros.bin': Buffer.alloc(megabytes * 1_000_000) } });
}
