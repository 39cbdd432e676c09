import { gzipSync } from 'node:zlib';
import { isDomainError } from '@packhouse/kernel';
import { hostileTarballs, makeBomb, makeTar, makeTarball } from '../../test/builders';
import type { TarballFacts } from './tarball-contents';
import { defaultTarballLimits, TarballScanner, type TarballLimits } from './tarball-scanner';

async function scan(
  tarball: Buffer,
  chunkSize = 65_536,
  limits: Partial<TarballLimits> = {},
): Promise<TarballFacts> {
  const scanner = new TarballScanner({ ...defaultTarballLimits, ...limits });
  for (let at = 0; at < tarball.length; at += chunkSize)
    await scanner.write(tarball.subarray(at, at + chunkSize));
  return scanner.finish();
}

async function refusal(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'accepted',
    (error: unknown) => {
      if (!isDomainError(error, 'invalid_package')) throw error;
      return error.message;
    },
  );
}

/** A tar header is 512 bytes with a checksum over itself. */
function sealHeader(header: Buffer): void {
  header.fill(' ', 148, 156);
  header.write(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
    'latin1',
  );
}

/** An archive whose first entry is a global extended header. */
async function makeTarWithGlobalHeader(record: string): Promise<Buffer> {
  const archive = await makeTar([
    { name: 'pax_global_header', content: record },
    { name: 'package/package.json', content: '{}' },
  ]);
  archive.write('g', 156, 'latin1');
  sealHeader(archive.subarray(0, 512));
  return gzipSync(archive);
}

describe('scanning a tarball', () => {
  it.each([1, 7, 512, 65_536])('gives the facts of a package, in chunks of %i', async (size) => {
    const files = {
      'README.md': '# Thing',
      'lib/index.js': 'x'.repeat(2000),
      'lib/package.json': '{}',
      'binding.gyp': '{}',
      'npm-shrinkwrap.json': '{}',
    };
    const manifest = JSON.stringify({ name: '@acme/thing', version: '1.0.0', bin: 'x' }, null, 2);
    expect(await scan(await makeTarball({ manifest: { bin: 'x' }, files }), size)).toEqual({
      manifest: { name: '@acme/thing', version: '1.0.0', bin: 'x' },
      readme: '# Thing',
      readmeFilename: 'README.md',
      fileCount: 6,
      unpackedSize: 7 + 2000 + 2 + 2 + 2 + manifest.length,
      hasBindingGyp: true,
      hasShrinkwrap: true,
    });
  });

  it.each(['package', 'thing-1.0.0', '.', 'weird folder'])('takes the top folder %s', async (folder) => {
    expect((await scan(await makeTarball({ folder, files: { 'a.js': '' } }))).manifest.name).toBe(
      '@acme/thing',
    );
  });

  it('drops a byte order mark before package.json, as npm does', async () => {
    const tarball = gzipSync(
      await makeTar([{ name: 'package/package.json', content: '\ufeff{"name":"a","version":"1.0.0"}' }]),
    );
    expect((await scan(tarball)).manifest).toEqual({ name: 'a', version: '1.0.0' });
  });

  it('reads long paths and folders', async () => {
    const path = `${'deep/'.repeat(60)}file.js`;
    const facts = await scan(
      await makeTarball({ files: { [path]: 'x' }, entries: [{ name: 'package/empty', type: 'directory' }] }),
    );
    expect(facts.fileCount).toBe(2);
  });

  it('keeps the best README and 64 KiB of it, cut between characters', async () => {
    const facts = await scan(
      await makeTarball({
        files: {
          'readme.txt': 'text',
          'docs/README.md': 'no',
          'README.markdown': 'é'.repeat(40_000),
          README: 'plain',
        },
      }),
    );
    expect(facts.readmeFilename).toBe('README.markdown');
    expect(facts.readme).toBe('é'.repeat(32_768));
  });

  it.each(Object.entries(hostileTarballs))('refuses %s', async (_what, make) => {
    const tarball = await make();
    for (const size of [13, 65_536]) expect(await refusal(scan(tarball, size))).toMatch(/^The tarball /);
  });

  it('allows a comment in a global header and nothing else', async () => {
    expect(
      await refusal(
        scan(await makeTarWithGlobalHeader('52 comment=0123456789012345678901234567890123456789\n')),
      ),
    ).toBe('accepted');
    expect(await refusal(scan(await makeTarWithGlobalHeader('29 path=package/package.json\n')))).toContain(
      'global header',
    );
  });

  it('refuses an archive that hides its package.json behind a null entry name', async () => {
    const archive = await makeTar([
      { name: 'package/x', content: 'x', pax: { path: 'package/package.json\0.txt' } },
    ]);
    expect(await refusal(scan(gzipSync(archive)))).toContain('NUL');
  });

  it('refuses more entries than the limit', async () => {
    const entries = Array.from({ length: 50 }, (_, index) => ({ name: `package/${index}`, content: '' }));
    expect(await refusal(scan(await makeTarball({ entries }), 65_536, { maxEntries: 50 }))).toContain(
      'more than 50 entries',
    );
    expect(await refusal(scan(await makeTarball({ entries }), 65_536, { maxEntries: 51 }))).toBe('accepted');
  });

  it('stops a bomb by its ratio and by its size, long before its end', async () => {
    const bomb = await makeBomb(20);
    expect(await refusal(scan(bomb, 4096, { ratioFreeBytes: 1_000_000 }))).toContain('250 times its size');
    expect(await refusal(scan(bomb, 4096, { maxInflatedBytes: 5_000_000 }))).toContain('more than 5 MB');
    expect(await refusal(scan(bomb))).toBe('accepted');
  });

  it('fails every call after a breach, and finish too', async () => {
    const scanner = new TarballScanner();
    const junk = Buffer.from('not gzip at all');
    await expect(scanner.write(junk)).rejects.toThrow('not a valid gzip');
    await expect(scanner.write(junk)).rejects.toThrow('not a valid gzip');
    await expect(scanner.finish()).rejects.toThrow('not a valid gzip');
  });

  it('refuses an upload without a byte', async () => {
    expect(await refusal(new TarballScanner().finish())).toMatch(/^The tarball /);
  });

  it('lets a waiting writer go when the scan is given up', async () => {
    const scanner = new TarballScanner();
    const writing = scanner.write(await makeBomb(5));
    scanner.abort();
    await expect(writing).rejects.toThrow('given up');
    await expect(scanner.finish()).rejects.toThrow('given up');
  });

  it('leaves the loop free while it inflates', async () => {
    const bomb = await makeBomb(100);
    const scanner = new TarballScanner({ ...defaultTarballLimits, maxRatio: 2000 });
    let seen = 0;
    let most = 0;
    const note = (): void => {
      most = Math.max(most, scanner['inflated'] - seen);
      seen = scanner['inflated'];
    };
    let next = setImmediate(function turn() {
      note();
      next = setImmediate(turn);
    });
    await scanner.write(bomb);
    await scanner.finish();
    clearImmediate(next);
    note();
    expect(seen).toBeGreaterThan(100_000_000);
    // Others have their turn before much of it came out.
    expect(most).toBeLessThan(4_000_000);
  });
});
