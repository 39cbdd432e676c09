/**
 * `npm run bench -- npm`: measures a gateway beside what people use today, and prints a Markdown report.
 * `npm run bench -- container`: the same for images, beside Debian's docker-registry.
 * `npm run bench -- container-soak`: a layer of 10 GB, and five minutes of many pulls and pushes at once.
 * `npm run bench -- access`: measures what a decision about permissions costs, and lists at scale.
 *   --decisions, --lists   one half only
 *   --pages   of the lists only pages of packages, with --lists
 *   --quick   shorter and smaller, to see that it works
 *   --write   also puts the report into docs/performance.md
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { benchAccess } from '../bench/access.mjs';
import { benchContainerSoak } from '../bench/container-soak.mjs';
import { benchContainer } from '../bench/container.mjs';
import { benchNpm } from '../bench/npm.mjs';
import { replaceSection } from '../bench/report.mjs';
import { installClients } from './install-clients.mjs';
import { prepare, root } from './prepare.mjs';

const benchmarks = {
  npm: benchNpm,
  container: benchContainer,
  'container-soak': benchContainerSoak,
  access: benchAccess,
};
const say = (text) => process.stderr.write(`… ${text}\n`);

const names = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const [name] = names;
if (names.length !== 1 || !Object.hasOwn(benchmarks, name)) {
  console.error(`Say which: npm run bench -- ${Object.keys(benchmarks).join(' | ')}  [--quick] [--write]`);
  process.exit(1);
}

prepare();
const rivals = { npm: ['verdaccio'] };
const failures = await installClients(rivals[name] ?? [], say);
if (failures.size > 0) process.exit(1);
const testing = createRequire(import.meta.url)(join(root, 'libs/testing/dist/index.js'));

const measured = await benchmarks[name](testing, { quick: process.argv.includes('--quick'), say });
const day = new Date().toISOString().slice(0, 10);
const machine = `${cpus().length} cores (${cpus()[0]?.model.trim()}), Node ${process.versions.node}`;
// One text for the whole benchmark, or one for each of its sections.
for (const [section, tables] of Object.entries(
  typeof measured === 'string' ? { [name]: measured } : measured,
)) {
  const report = `Measured on ${day}: ${machine}.\n\n${tables}`;
  console.log(report);
  if (process.argv.includes('--write')) write(section, report);
}

function write(section, report) {
  const file = join(root, 'docs/performance.md');
  const document = existsSync(file) ? readFileSync(file, 'utf8') : '# Performance\n';
  writeFileSync(file, replaceSection(document, section, report));
}
process.exit(0);
