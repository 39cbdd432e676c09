import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { FolderOwner } from './folder-owner';

let folder: string;

beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'packhouse-owner-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

async function leave(
  generation: number,
  owner: { host: string; pid: number; started: string },
): Promise<string> {
  const file = join(folder, `owner-${generation}.json`);
  await writeFile(file, JSON.stringify(owner));
  return file;
}

describe('the owner of a folder', () => {
  it('refuses everybody else until it releases', async () => {
    const owner = await FolderOwner.take(folder);
    await expect(FolderOwner.take(folder)).rejects.toThrow(`is in use by process ${process.pid}`);
    await owner.release();
    await (await FolderOwner.take(folder)).release();
    expect(await readdir(folder)).toEqual(['owner-2.json']);
  });

  it('is exactly one of many that ask at once', async () => {
    const asked = await Promise.allSettled(Array.from({ length: 20 }, () => FolderOwner.take(folder)));
    const owners = asked.filter((one) => one.status === 'fulfilled');
    expect(owners).toHaveLength(1);
    await owners[0]!.value.release();
  });

  it('is exactly one of many that find a dead one', async () => {
    await leave(7, { host: hostname(), pid: process.pid, started: 'an earlier process of this number' });
    const asked = await Promise.allSettled(Array.from({ length: 20 }, () => FolderOwner.take(folder)));
    expect(asked.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
    expect(await readdir(folder)).toHaveLength(1);
    for (const one of asked) if (one.status === 'fulfilled') await one.value.release();
  });

  it('is never one of two, however takers and releases meet', async () => {
    let owners = 0;
    let taken = 0;
    const takeOften = async (): Promise<void> => {
      for (let round = 0; round < 150; round++) {
        const owner = await FolderOwner.take(folder).catch(() => null);
        if (owner === null) continue;
        expect(++owners).toBe(1);
        taken += 1;
        await Promise.resolve();
        owners -= 1;
        await owner.release();
      }
    };
    await Promise.all(Array.from({ length: 8 }, takeOften));
    expect(taken).toBeGreaterThan(8);
  });

  it('does not count when its file was cut short by a power failure', async () => {
    await writeFile(join(folder, 'owner-3.json'), '');
    await (await FolderOwner.take(folder)).release();
  });

  it('on another host counts while it touches its file, and no longer', async () => {
    const file = await leave(1, { host: 'another-container', pid: 1, started: 'x' });
    const heartbeat = setInterval(() => void utimes(file, new Date(), new Date()), 20);
    const options = { foreignPatienceMs: 600 };
    await expect(FolderOwner.take(folder, options)).rejects.toThrow(
      'is in use by process 1 on another-container',
    );
    clearInterval(heartbeat);
    await (await FolderOwner.take(folder, options)).release();
  });
});
