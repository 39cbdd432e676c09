import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeTemporaryFolder } from '../processes/temporary-folder';

/** A package of a test: its manifest's fields beside name and version, and its files. */
export interface PackageSource {
  readonly name: string;
  readonly version: string;
  readonly manifest?: Readonly<Record<string, unknown>>;
  readonly files?: Readonly<Record<string, string | Buffer>>;
}

/** The manifest and files of a package; `require()` of it gives its version, so that a test sees what was installed. */
export function describePackage({
  name,
  version,
  manifest = {},
  files = {},
}: PackageSource): Map<string, string | Buffer> {
  const document = { name, version, description: `What ${name} does.`, main: 'index.js', ...manifest };
  return new Map<string, string | Buffer>([
    ['package.json', `${JSON.stringify(document, null, 2)}\n`],
    ['index.js', `module.exports = ${JSON.stringify(version)};\n`],
    ['README.md', `# ${name}\n`],
    ...Object.entries(files),
  ]);
}

/** Writes a package into a folder (a new one unless given), ready for a client's publish command. */
export function writePackage(source: PackageSource, folder = makeTemporaryFolder('package')): string {
  for (const [path, content] of describePackage(source)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

/** A project that uses packages: a folder with a manifest and nothing else. */
export function writeProject(manifest: Readonly<Record<string, unknown>> = {}): string {
  const folder = makeTemporaryFolder('project');
  writeFileSync(
    join(folder, 'package.json'),
    `${JSON.stringify({ name: 'app', version: '1.0.0', private: true, ...manifest }, null, 2)}\n`,
  );
  return folder;
}
