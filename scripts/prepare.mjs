// Gets a clone ready to run: the right Node, dependencies, a build. Plain Node without dependencies, as there are none yet.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const LEAST_NODE = [20, 19];
const dependencyStamp = join(root, 'node_modules', '.packhouse-lock');
const buildStamp = join(root, 'apps', 'packhouse', 'dist', '.tsbuildinfo');

/** Ends the process with one sentence unless Node is new enough. */
export function checkNode(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  if (major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1])) return;
  fail(
    `Packhouse needs Node ${LEAST_NODE.join('.')} or newer, and this is ${version}: install a newer one from nodejs.org.`,
  );
}

/** Installs and builds what is missing or older than its sources. Says what it does, on standard error. */
export function prepare() {
  checkNode();
  if (dependenciesAreStale()) {
    say('Installing dependencies (once; it takes a minute) …');
    run(
      'npm',
      ['ci', '--no-audit', '--no-fund', '--loglevel=error'],
      'Installing the dependencies failed: see the lines above, then start again.',
    );
    writeFileSync(dependencyStamp, lockText());
  }
  if (buildIsStale()) {
    say('Building …');
    run(
      process.execPath,
      [join(root, 'node_modules', 'ts7', 'bin', 'tsc'), '-b'],
      'The build failed: see the lines above.',
    );
  }
}

/** The stamp is a copy of the lock file that was installed; npm's own record serves a folder that npm made by hand. */
function dependenciesAreStale() {
  if (!existsSync(join(root, 'node_modules'))) return true;
  if (existsSync(dependencyStamp)) return readFileSync(dependencyStamp, 'utf8') !== lockText();
  const installed = join(root, 'node_modules', '.package-lock.json');
  return (
    !existsSync(installed) || statSync(installed).mtimeMs < statSync(join(root, 'package-lock.json')).mtimeMs
  );
}

function lockText() {
  return readFileSync(join(root, 'package-lock.json'), 'utf8');
}

/** Compares the newest source with the last build: a few hundred file times, and nothing below node_modules. */
function buildIsStale() {
  if (!existsSync(buildStamp)) return true;
  const built = newestBuild();
  if (newest(join(root, 'tsconfig.json'), join(root, 'tsconfig.base.json')) > built) return true;
  return projects().some(
    (project) => newest(join(project, 'tsconfig.json')) > built || isNewer(join(project, 'src'), built),
  );
}

function newestBuild() {
  return Math.max(...projects().map((project) => newest(join(project, 'dist', '.tsbuildinfo'))));
}

function projects() {
  return ['libs', 'apps'].flatMap((kind) =>
    readdirSync(join(root, kind), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && existsSync(join(root, kind, entry.name, 'tsconfig.json')))
      .map((entry) => join(root, kind, entry.name)),
  );
}

function newest(...files) {
  return Math.max(...files.map((file) => (existsSync(file) ? statSync(file).mtimeMs : 0)));
}

function isNewer(folder, time) {
  if (!existsSync(folder)) return false;
  // A removed file shows in the time of its folder.
  if (statSync(folder).mtimeMs > time) return true;
  return readdirSync(folder, { withFileTypes: true }).some((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? isNewer(path, time) : statSync(path).mtimeMs > time;
  });
}

function run(command, args, sentence) {
  // Output goes to standard error: standard output belongs to the command that follows.
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status !== 0) fail(sentence);
}

function say(text) {
  process.stderr.write(`${text}\n`);
}

function fail(sentence) {
  say(sentence);
  process.exit(1);
}
