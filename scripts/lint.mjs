/**
 * `npm run lint`: module boundaries, code rules, format. `--fix` mends what can be mended by itself.
 * The project graph is built first: without it the boundary rule passes everything, with no more than a warning.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepare, root } from './prepare.mjs';

const fix = process.argv.includes('--fix');
const env = {
  ...process.env,
  NX_DAEMON: 'false',
  NX_NO_CLOUD: 'true',
  NX_TUI: 'false',
  NX_ISOLATE_PLUGINS: 'false',
};

function run(what, file, args) {
  process.stderr.write(`${what} …\n`);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'node_modules', file), ...args],
    {
      cwd: root,
      env,
      encoding: 'utf8',
      maxBuffer: 64_000_000,
    },
  );
  const output = `${stdout}${stderr}`;
  if (status !== 0) process.stderr.write(output);
  return { ok: status === 0, output };
}

function buildGraph() {
  const folder = mkdtempSync(join(tmpdir(), 'packhouse-graph-'));
  const file = join(folder, 'graph.json');
  const { ok } = run('Building the project graph', 'nx/dist/bin/nx.js', ['graph', `--file=${file}`]);
  const projects = ok ? Object.keys(JSON.parse(readFileSync(file, 'utf8')).graph.nodes) : [];
  rmSync(folder, { recursive: true, force: true });
  if (projects.length === 0)
    process.stderr.write('The project graph is empty: the module boundaries could not be checked.\n');
  return projects.length > 0;
}

function lint() {
  const { ok, output } = run('Linting', 'eslint/bin/eslint.js', [
    '.',
    '--max-warnings=0',
    ...(fix ? ['--fix'] : []),
  ]);
  if (!output.includes('No cached ProjectGraph')) return ok;
  process.stderr.write('The boundary rule ran without a project graph, so it checked nothing.\n');
  return false;
}

prepare();
const results = [
  buildGraph() && lint(),
  run('Checking the format', 'prettier/bin/prettier.cjs', [
    fix ? '--write' : '--check',
    '--log-level=warn',
    '.',
  ]).ok,
];
if (results.includes(false)) {
  process.stderr.write('Lint found faults: see above; "npm run lint -- --fix" mends the format.\n');
  process.exit(1);
}
process.stderr.write('No faults.\n');
