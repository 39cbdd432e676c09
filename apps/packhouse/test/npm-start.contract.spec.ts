import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning, parentOf, postmasterOf } from './support/process-state';

jest.setTimeout(200_000);

const workspace = join(__dirname, '..', '..', '..');
let folder: string;
let data: string;
let npm: ChildProcess;
let printed = '';

async function until(what: string, check: () => Promise<boolean> | boolean, seconds: number): Promise<void> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end;) {
    if (await check()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`It did not come true within ${seconds} s: ${what}\n${printed}`);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packhouse-npm-start-'));
  data = join(folder, 'data');
  const { PATH = '', HOME = '/' } = process.env;
  npm = spawn('npm', ['start'], {
    cwd: workspace,
    env: { PATH, HOME, PACKHOUSE_DATA: data, PACKHOUSE_PORT: '0', npm_config_update_notifier: 'false' },
    // A group of its own, so that whatever a failure leaves behind can be ended with it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [npm.stdout, npm.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (printed += text));
  // A checkout that is not built yet is built first.
  await until('the start screen is shown', () => /Address\s+http:/.test(printed), 180);
});

afterAll(async () => {
  try {
    process.kill(-(npm.pid ?? 0), 'SIGTERM');
    await until('Postgres has gone too', async () => !(await isRunning(await postmasterOf(data))), 20);
  } catch {
    // Nothing is left, as it should be.
  }
  await rm(folder, { recursive: true, force: true });
});

describe('npm start', () => {
  it('ends the product and its Postgres when only npm is told to end', async () => {
    const postmaster = await postmasterOf(data);
    const product = await parentOf(postmaster);
    expect([await isRunning(product), await isRunning(postmaster)]).toEqual([true, true]);
    expect(product).not.toBe(npm.pid);

    const ended = once(npm, 'exit');
    process.kill(npm.pid ?? 0, 'SIGTERM');
    await ended;
    await until('the product has ended', async () => !(await isRunning(product)), 10);
    await until('its Postgres has ended', async () => !(await isRunning(postmaster)), 5);
  });
});
