import { DomainError } from '@packhouse/kernel';
import type { Header } from 'tar-stream';
import { objectOf } from './json-values';

/** Where an entry ends up when an installer unpacks it: without its first folder, whatever that is called. */
export interface TarEntry {
  readonly isFile: boolean;
  /** Path below the top folder; '' for the folder itself. */
  readonly path: string;
}

const maxPathBytes = 4096;

/** Checks an entry's type and name. Nothing is ever unpacked here: the checks protect those who do. */
export function readTarEntry(header: Header): TarEntry {
  const type: string = header.type ?? 'unknown';
  const isFile = type === 'file' || type === 'contiguous-file';
  const shown = JSON.stringify(header.name.slice(0, 100));
  if (!isFile && type !== 'directory')
    throw tarballFault(`holds ${shown}, a ${describeType(type)}: only files and folders are allowed`);
  if (type === 'directory' && header.size > 0) throw tarballFault(`holds ${shown}, a folder with content`);
  if (Object.keys(objectOf(header.pax)).some((key) => key.startsWith('GNU.sparse')))
    throw tarballFault(`holds ${shown}, a sparse file`);
  const fault = findPathFault(header.name);
  if (fault !== null) throw tarballFault(`holds the entry ${shown}, whose name ${fault}`);
  const [, ...below] = header.name.split('/');
  return { isFile, path: below.filter((segment) => segment !== '' && segment !== '.').join('/') };
}

/** The tarball is at fault: a sentence about it, with what to do about it. */
export function tarballFault(fault: string): DomainError {
  return new DomainError(
    'invalid_package',
    `The tarball ${fault}. Pack it again with your package manager and publish that.`,
  );
}

function findPathFault(name: string): string | null {
  if (name.length === 0) return 'is empty';
  if (Buffer.byteLength(name) > maxPathBytes) return `is longer than ${maxPathBytes} bytes`;
  if (name.includes('\0')) return 'contains a NUL character';
  if (name.includes('\\')) return 'contains a backslash';
  if (name.startsWith('/') || /^[A-Za-z]:/.test(name)) return 'is an absolute path';
  if (name.split('/').includes('..')) return 'leads out of the package';
  return null;
}

function describeType(type: string): string {
  if (type === 'symlink') return 'symbolic link';
  if (type === 'link') return 'hard link';
  return type === 'unknown' ? 'special entry' : type.replaceAll('-', ' ');
}
