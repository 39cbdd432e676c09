/**
 * `npm test`: gets the clone ready, installs the package managers that are missing, and runs every kind of test.
 *   npm test -- --only unit,contract     some kinds: unit, contract, platform, e2e
 *   npm test -- --only e2e -- real-input  what follows goes to Jest
 * PACKHOUSE_TEST_REQUIRE_ALL=1 (continuous integration) turns a missing client or server into a failure.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { installClients, listMissingClients } from './install-clients.mjs';
import { prepare, root } from './prepare.mjs';

/**
 * In the order of what they cost. `databases`: they start Postgres servers of their own. `modes`: they start the whole
 * product, in both modes, one file at a time: two cores, and Postgres in each.
 */
const kinds = [
  { name: 'unit', clients: false, databases: false, modes: false, args: ['--maxWorkers=2'] },
  { name: 'contract', clients: false, databases: true, modes: false, args: ['--maxWorkers=2'] },
  { name: 'platform', clients: false, databases: true, modes: true, args: ['--runInBand'] },
  { name: 'e2e', clients: true, databases: true, modes: true, args: ['--runInBand'] },
];

const requireAll = process.env.PACKHOUSE_TEST_REQUIRE_ALL === '1';
/** The signal that ends the run, and the Jest that runs. */
let stoppedBy = null;
let jestProcess = null;
const say = (text) => process.stderr.write(`${text}\n`);

function readArguments(argv) {
  const separator = argv.indexOf('--');
  const own = separator === -1 ? argv : argv.slice(0, separator);
  const passed = separator === -1 ? [] : argv.slice(separator + 1);
  const at = own.indexOf('--only');
  const only = at === -1 ? kinds.map(({ name }) => name) : (own[at + 1] ?? '').split(',');
  const unknown = only.filter((name) => !kinds.some((kind) => kind.name === name));
  const stray = own.filter((_, index) => at === -1 || (index !== at && index !== at + 1));
  if (unknown.length > 0 || stray.length > 0) {
    say(
      `Not understood: ${[...unknown, ...stray].join(' ')}. Use --only with ${kinds.map(({ name }) => name).join(', ')}.`,
    );
    process.exit(1);
  }
  return { selected: kinds.filter(({ name }) => only.includes(name)), passed };
}

function runJest(kind, passed, folder) {
  const report = join(folder, `${kind.name}.json`);
  const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
  const args = [
    '--selectProjects',
    kind.name,
    '--json',
    `--outputFile=${report}`,
    '--passWithNoTests',
    ...kind.args,
    ...passed,
  ];
  return new Promise((resolve) => {
    // the results of --json go to the file; what a person reads is on standard error
    const child = spawn(process.execPath, [jest, ...args], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    jestProcess = child;
    child.on('close', (code) => {
      jestProcess = null;
      resolve({ code, ...readReport(report) });
    });
  });
}

/** A suite that could not even be loaded counts as one failure. */
function readReport(report) {
  try {
    const result = JSON.parse(readFileSync(report, 'utf8'));
    return {
      passed: result.numPassedTests,
      failed: result.numFailedTests + result.numRuntimeErrorTestSuites,
    };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

/** The tests' own tools, once they are built. */
const testing = () => createRequire(import.meta.url)(join(root, 'libs/testing/dist/index.js'));

async function listLeftOut(selected) {
  const leftOut = [];
  if (selected.some(({ clients }) => clients)) {
    const missing = listMissingClients();
    if (missing.length > 0) leftOut.push(`clients that could not be installed: ${missing.join(', ')}`);
  }
  const { listMissingPrograms, listMissingServers } = testing();
  const programs = listMissingPrograms();
  if (programs.length > 0)
    leftOut.push(`the tests of these, which are to be on PATH: ${programs.join(', ')}`);
  const servers = listMissingServers();
  if (servers.length > 0)
    leftOut.push(`the distributed mode, which needs these on PATH: ${servers.join(', ')}`);
  return leftOut;
}

/** A first signal ends the tests, and what they share is removed; a second one ends this at once. */
function listenForSignals() {
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      stoppedBy ??= signal;
      jestProcess?.kill(signal);
    });
  }
}

async function runKind(kind, passed, folder, total) {
  const started = Date.now();
  say(`\n${kind.name} tests …`);
  const result = await runJest(kind, passed, folder);
  total.passed += result.passed;
  total.failed += result.code === 0 ? 0 : Math.max(result.failed, 1);
  say(
    `${kind.name}: ${result.passed} passed, ${result.failed} failed, ${Math.round((Date.now() - started) / 1000)} s`,
  );
}

/** Runs them one after the other, and removes what they share however they end. */
async function runKinds(selected, passed) {
  listenForSignals();
  const total = { passed: 0, failed: 0 };
  const folder = mkdtempSync(join(tmpdir(), 'packhouse-results-'));
  const ends = [async () => rmSync(folder, { recursive: true, force: true })];
  let sharesS3 = false;
  try {
    if (selected.some(({ databases }) => databases)) ends.push(await testing().shareCluster());
    for (const kind of selected) {
      if (stoppedBy) break;
      if (kind.modes && !sharesS3) ends.push(await testing().shareS3());
      sharesS3 ||= kind.modes;
      await runKind(kind, passed, folder, total);
    }
  } finally {
    for (const { reason } of await Promise.allSettled(ends.map((end) => end())))
      if (reason) say(`Not everything could be removed: ${reason}`);
  }
  return total;
}

async function main() {
  const { selected, passed } = readArguments(process.argv.slice(2));
  prepare();
  if (selected.some(({ clients }) => clients) && listMissingClients().length > 0) {
    say('Installing the package managers that the tests drive (once) …');
    await installClients(undefined, say);
  }
  const total = await runKinds(selected, passed);
  if (stoppedBy) process.exit(128 + constants.signals[stoppedBy]);
  const leftOut = await listLeftOut(selected);
  for (const what of leftOut) say(`Left out: ${what}.`);
  if (requireAll) total.failed += leftOut.length;
  console.log(`${total.passed} passed, ${total.failed} failed`);
  process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
}

await main();
