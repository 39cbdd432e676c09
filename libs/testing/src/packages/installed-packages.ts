import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { satisfies, valid } from 'semver';
import type { PackedFiles } from './npm-publish';

/** A package as it lies in somebody's node_modules. */
export interface InstalledPackage extends PackedFiles {
  readonly bytes: number;
}

/** Every scoped package below a node_modules folder, nested ones included, each name and version once; links are passed by. */
export function readScopedPackages(modules: string): InstalledPackage[] {
  const found = new Map<string, InstalledPackage>();
  const pending = [modules];
  for (const folder of pending) {
    for (const path of listPackageFolders(folder)) {
      const nested = join(path, 'node_modules');
      if (existsSync(nested)) pending.push(nested);
      if (!path.slice(folder.length + 1).startsWith('@') || !existsSync(join(path, 'package.json'))) continue;
      const read = readPackage(path);
      const id = `${read.manifest.name}@${read.manifest.version}`;
      // an alias puts an unscoped package into a scoped folder
      const isScoped = read.manifest.name.startsWith('@');
      if (isScoped && valid(read.manifest.version) && !found.has(id)) found.set(id, read);
    }
  }
  return [...found.values()];
}

function listPackageFolders(modules: string): string[] {
  const folders: string[] = [];
  for (const entry of readdirSync(modules, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name.startsWith('.')) continue;
    const path = join(modules, entry.name);
    if (!entry.name.startsWith('@')) folders.push(path);
    else
      for (const inner of readdirSync(path, { withFileTypes: true }))
        if (inner.isDirectory()) folders.push(join(path, inner.name));
  }
  return folders;
}

function readPackage(folder: string): InstalledPackage {
  const files = new Map<string, { content: Buffer; mode: number }>();
  let bytes = 0;
  const walk = (relative: string): void => {
    for (const entry of readdirSync(join(folder, relative), { withFileTypes: true })) {
      const path = relative === '' ? entry.name : `${relative}/${entry.name}`;
      if (entry.isDirectory() && entry.name !== 'node_modules') walk(path);
      if (!entry.isFile()) continue;
      const content = readFileSync(join(folder, path));
      const executable = (statSync(join(folder, path)).mode & 0o111) !== 0;
      files.set(path, { content, mode: executable ? 0o755 : 0o644 });
      bytes += content.length;
    }
  };
  walk('');
  const manifest = JSON.parse(String(files.get('package.json')?.content)) as InstalledPackage['manifest'];
  return { manifest, files, bytes };
}

const dependencyFields = [
  'dependencies',
  'optionalDependencies',
  'peerDependencies',
  'peerDependenciesMeta',
] as const;
type Ranges = Record<string, unknown>;

/**
 * The same packages with only those dependencies that these packages themselves satisfy, so that a registry which has
 * nothing else can serve them all. Every file but package.json stays as it was.
 */
export function closeOverDependencies(packages: readonly InstalledPackage[]): InstalledPackage[] {
  const versions = new Map<string, string[]>();
  for (const { manifest } of packages)
    versions.set(manifest.name, [...(versions.get(manifest.name) ?? []), manifest.version]);
  const isServed = (name: string, range: unknown): boolean =>
    (versions.get(name) ?? []).some((version) => typeof range !== 'string' || satisfies(version, range));
  return packages.map((entry) => {
    const manifest: Record<string, unknown> = { ...entry.manifest };
    delete manifest.bundleDependencies;
    delete manifest.bundledDependencies;
    delete manifest.devDependencies;
    for (const field of dependencyFields) {
      const kept = Object.entries((manifest[field] ?? {}) as Ranges).filter(([name, range]) =>
        isServed(name, range),
      );
      if (kept.length > 0) manifest[field] = Object.fromEntries(kept);
      else delete manifest[field];
    }
    const content = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
    const files = new Map([...entry.files, ['package.json', { content, mode: 0o644 }] as const]);
    return { ...entry, manifest: manifest as InstalledPackage['manifest'], files };
  });
}
