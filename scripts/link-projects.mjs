// Makes projects known to Node by their names, as npm's install does: a project that came with a pull needs no install.
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

for (const kind of ['apps', 'libs'])
  for (const folder of readdirSync(join(root, kind))) link(join(root, kind, folder));

function link(folder) {
  const manifest = join(folder, 'package.json');
  if (!existsSync(manifest)) return;
  const place = join(root, 'node_modules', JSON.parse(readFileSync(manifest, 'utf8')).name);
  if (lstatSync(place, { throwIfNoEntry: false })) return;
  mkdirSync(dirname(place), { recursive: true });
  symlinkSync(relative(dirname(place), folder), place, 'junction');
}
