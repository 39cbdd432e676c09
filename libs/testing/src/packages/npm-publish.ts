import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { describePackage, type PackageSource } from './write-package';

const compress = promisify(gzip);

/** A package as it lies on disk, to be packed byte for byte. */
export interface PackedFiles {
  readonly manifest: Readonly<Record<string, unknown>> & { readonly name: string; readonly version: string };
  readonly files: ReadonlyMap<string, { readonly content: string | Buffer; readonly mode?: number }>;
}

/** The tarball that `npm pack` would make: entries below `package/`, a fixed time. */
export async function packTarball(files: PackedFiles['files']): Promise<Buffer> {
  const archive = pack();
  for (const [path, { content, mode = 0o644 }] of files) {
    archive.entry({ name: `package/${path}`, mode, mtime: new Date(499162500000) }, content);
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive as AsyncIterable<Buffer>) chunks.push(chunk);
  return compress(Buffer.concat(chunks), { level: 6 });
}

export interface PutOptions {
  readonly tag?: string;
  readonly access?: 'public' | 'restricted';
}

/** A version with its tarball and the digests a registry must report for it. */
export interface BuiltVersion {
  readonly name: string;
  readonly version: string;
  readonly tarball: Buffer;
  readonly integrity: string;
  readonly shasum: string;
  /** The body of the PUT that publishes it. */
  document(registry: string, options?: PutOptions): string;
}

/** Packs files into a version that can be published without a client's half second of start-up. */
export async function buildVersion({ manifest, files }: PackedFiles): Promise<BuiltVersion> {
  const { name, version } = manifest;
  const tarball = await packTarball(files);
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
  const shasum = createHash('sha1').update(tarball).digest('hex');
  const attachment = `${name}-${version}.tgz`;
  return {
    name,
    version,
    tarball,
    integrity,
    shasum,
    document: (registry, { tag = 'latest', access } = {}) =>
      JSON.stringify({
        _id: name,
        name,
        description: manifest.description,
        'dist-tags': { [tag]: version },
        versions: {
          [version]: {
            ...manifest,
            _id: `${name}@${version}`,
            dist: { integrity, shasum, tarball: `${registry}/${name}/-/${attachment}` },
          },
        },
        access: access ?? null,
        _attachments: {
          [attachment]: {
            content_type: 'application/octet-stream',
            data: tarball.toString('base64'),
            length: tarball.length,
          },
        },
      }),
  };
}

/** The same from a description, for tests that need many small versions. */
export function buildPackage(source: PackageSource): Promise<BuiltVersion> {
  const files = new Map([...describePackage(source)].map(([path, content]) => [path, { content }] as const));
  const manifest = JSON.parse(String(files.get('package.json')?.content)) as PackedFiles['manifest'];
  return buildVersion({ manifest, files });
}

/** The escaped form in which clients put a scoped name into a path. */
export function escapeName(name: string): string {
  return name.replace('/', '%2f');
}

/** Publishes by a plain PUT, as every client of the family does in the end. */
export async function putVersion(
  registry: string,
  token: string,
  built: BuiltVersion,
  options?: PutOptions,
): Promise<Response> {
  return fetch(`${registry}/${escapeName(built.name)}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: built.document(registry, options),
  });
}
