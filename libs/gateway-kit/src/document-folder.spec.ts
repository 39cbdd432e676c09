import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DAY } from '@packhouse/kernel';
import { silentLogger } from '@packhouse/observability';
import { DocumentFolder } from './document-folder';

const large = Buffer.alloc(200_000, 'x');
const key = { packageId: '01a202a1-3056-71e4-b190-0b4a71884f94', revision: 7, form: 'full-00000000' };

describe('DocumentFolder', () => {
  let folder: string;
  let documents: DocumentFolder;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'packhouse-documents-'));
    documents = new DocumentFolder(folder, silentLogger);
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('gives back what was kept, and nothing for another form or revision', async () => {
    await documents.keep(key, large);
    expect(await documents.find(key)).toEqual(large);
    expect(await documents.find({ ...key, form: 'full-11111111' })).toBeNull();
    expect(await documents.find({ ...key, revision: 8 })).toBeNull();
  });

  it('holds only the newest revision of a package', async () => {
    await documents.keep(key, large);
    await documents.keep({ ...key, revision: 10 }, large);
    expect(await documents.find(key)).toBeNull();
    expect(await readdir(join(folder, key.packageId))).toHaveLength(1);
  });

  it('does not keep what is rendered faster than it is read', async () => {
    await documents.keep(key, Buffer.from('small'));
    expect(await readdir(folder)).toEqual([]);
  });

  it('drops what was not written for two weeks and keeps the rest', async () => {
    const other = { ...key, packageId: '01a202a1-3056-71e4-b190-0b4a71884f95' };
    await documents.keep(key, large);
    await documents.keep(other, large);
    const old = new Date(Date.now() - 15 * DAY);
    await utimes(join(folder, key.packageId), old, old);
    await documents.sweep();
    expect(await readdir(folder)).toEqual([other.packageId]);
  });

  it('is no obstacle when its folder cannot be written', async () => {
    const file = join(folder, 'a-file');
    await writeFile(file, '');
    const blocked = new DocumentFolder(join(file, 'documents'), silentLogger);
    await blocked.keep(key, large);
    expect(await blocked.find(key)).toBeNull();
  });
});
