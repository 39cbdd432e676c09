import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { makeContent, mediaTypes, type Content } from './content';

const compress = promisify(gzip);

/** A file of a layer: its bytes, or bytes with a mode. */
export type LayerFile = string | Buffer | { readonly content: string | Buffer; readonly mode: number };
export type LayerFiles = Readonly<Record<string, LayerFile>>;

/** A layer with the digest of its uncompressed bytes, which the configuration names. */
export interface Layer extends Content {
  readonly diffId: string;
}

export interface LayerOptions {
  readonly compression?: 'gzip' | 'zstd' | 'none';
  /** Default: the one of the image specification for this compression. */
  readonly mediaType?: string;
}

const types = { gzip: mediaTypes.gzipLayer, zstd: mediaTypes.zstdLayer, none: mediaTypes.layer };

/** A tar archive with these files, owned by root, of a fixed time: the same files give the same bytes. */
export async function packFiles(files: LayerFiles): Promise<Buffer> {
  const archive = pack();
  for (const [name, file] of Object.entries(files)) {
    const plain = typeof file === 'string' || Buffer.isBuffer(file);
    const { content, mode } = plain ? { content: file, mode: 0o644 } : file;
    archive.entry({ name, mode, mtime: new Date(499162500000) }, content);
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export async function buildLayer(
  files: LayerFiles,
  { compression = 'gzip', mediaType = types[compression] }: LayerOptions = {},
): Promise<Layer> {
  const tar = await packFiles(files);
  const diffId = `sha256:${createHash('sha256').update(tar).digest('hex')}`;
  const bytes = { gzip: () => compress(tar, { level: 6 }), zstd: () => wrapAsZstd(tar), none: () => tar };
  return { ...makeContent(await bytes[compression](), mediaType), diffId };
}

const MAX_BLOCK = 128 * 1024;

/** A Zstandard frame of raw blocks (RFC 8878, 3.1.1): valid, though nothing is made smaller. Node 20 has no encoder. */
function wrapAsZstd(bytes: Buffer): Buffer {
  const header = Buffer.alloc(9);
  header.writeUInt32LE(0xfd2fb528, 0);
  header.writeUInt8(0b1010_0000, 4); // four bytes of content size, a single segment
  header.writeUInt32LE(bytes.length, 5);
  const parts: Buffer[] = [header];
  for (let at = 0; at < bytes.length || at === 0; at += MAX_BLOCK) {
    const block = bytes.subarray(at, at + MAX_BLOCK);
    const isLast = at + MAX_BLOCK >= bytes.length ? 1 : 0;
    const blockHeader = Buffer.alloc(3);
    blockHeader.writeUIntLE((block.length << 3) | isLast, 0, 3);
    parts.push(blockHeader, block);
  }
  return Buffer.concat(parts);
}
