import { MB } from '@packhouse/kernel';
import { isObject, type JsonObject } from './json-values';
import { tarballFault, type TarEntry } from './tar-entry';

/** What publishing needs to know of a tarball's contents. */
export interface TarballFacts {
  /** The package.json of the top folder. */
  readonly manifest: JsonObject;
  /** The beginning of the README of the top folder, or null. */
  readonly readme: string | null;
  readonly readmeFilename: string | null;
  readonly fileCount: number;
  /** Sum of the sizes of all files. */
  readonly unpackedSize: number;
  /** Installers compile such a package, install script or not. */
  readonly hasBindingGyp: boolean;
  readonly hasShrinkwrap: boolean;
}

export const maxReadmeBytes = 64 * 1024;
const maxManifestFileBytes = MB;
const readmeNames = ['readme.md', 'readme.markdown', 'readme', 'readme.txt', 'readme.rst'];

/** Gathers the facts while the entries of a tarball pass by. */
export class TarballContents {
  private manifestParts: Buffer[] | null = null;
  private readme: { name: string; rank: number; parts: Buffer[]; bytes: number } | null = null;
  private fileCount = 0;
  private unpackedSize = 0;
  private hasBindingGyp = false;
  private hasShrinkwrap = false;

  /** Notes an entry; gives who wants its bytes, or null when nobody does. */
  add(entry: TarEntry, size: number): ((bytes: Buffer) => void) | null {
    // Folders that only differ in case from package.json would be met by the file on some systems.
    const name = entry.path.toLowerCase();
    if (name === 'package.json') return this.addManifest(entry, size);
    if (!entry.isFile) return null;
    this.count(size);
    if (name === 'binding.gyp') this.hasBindingGyp = true;
    if (name === 'npm-shrinkwrap.json') this.hasShrinkwrap = true;
    const rank = readmeNames.indexOf(name);
    return rank === -1 ? null : this.addReadme(entry.path, rank);
  }

  finish(): TarballFacts {
    if (this.manifestParts === null) throw tarballFault('holds no package.json in its top folder');
    const readme = this.readme === null ? null : clipText(Buffer.concat(this.readme.parts));
    return {
      manifest: parseManifest(Buffer.concat(this.manifestParts)),
      readme,
      readmeFilename: this.readme?.name ?? null,
      fileCount: this.fileCount,
      unpackedSize: this.unpackedSize,
      hasBindingGyp: this.hasBindingGyp,
      hasShrinkwrap: this.hasShrinkwrap,
    };
  }

  private count(size: number): void {
    this.fileCount += 1;
    this.unpackedSize += size;
  }

  /** Every folder at the top is stripped alike, so a second package.json would replace the first. */
  private addManifest(entry: TarEntry, size: number): (bytes: Buffer) => void {
    if (this.manifestParts !== null) throw tarballFault('holds more than one package.json at its top');
    if (!entry.isFile || entry.path !== 'package.json')
      throw tarballFault(`holds "${entry.path}" where package.json belongs`);
    if (size > maxManifestFileBytes) throw tarballFault('holds a package.json above 1 MB');
    this.count(size);
    const parts: Buffer[] = [];
    this.manifestParts = parts;
    return (bytes) => void parts.push(bytes);
  }

  private addReadme(name: string, rank: number): ((bytes: Buffer) => void) | null {
    if (this.readme !== null && this.readme.rank <= rank) return null;
    const readme = { name, rank, parts: [] as Buffer[], bytes: 0 };
    this.readme = readme;
    return (bytes) => {
      const wanted = bytes.subarray(0, maxReadmeBytes - readme.bytes);
      readme.bytes += wanted.length;
      if (wanted.length > 0) readme.parts.push(Buffer.from(wanted));
    };
  }
}

/** Text of at most the README's limit, cut between characters. */
export function clipText(bytes: Buffer, limit = maxReadmeBytes): string {
  let end = Math.min(bytes.length, limit);
  // A byte 10xxxxxx continues a character: step back to where it begins.
  while (end < bytes.length && end > 0 && (bytes[end]! & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}

/** A byte order mark at the beginning is dropped, as npm does. */
function parseManifest(bytes: Buffer): JsonObject {
  try {
    const manifest: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (isObject(manifest)) return manifest;
  } catch {
    throw tarballFault('holds a package.json that is not valid JSON');
  }
  throw tarballFault('holds a package.json that is not a JSON object');
}
