import { isDomainError, MultiDigest } from '@packhouse/kernel';
import {
  makeBundleAttachment,
  makePublish,
  makePublishDocument,
  makeTarball,
  type PublishDocumentSource,
  type TarballSource,
} from '../../test/builders';
import { parsePackageName } from './package-name';
import { PublishDocumentReader } from './publish-document';
import { readPublish, type PublishedVersion } from './read-publish';
import { TarballScanner } from './tarball-scanner';
import { renderVersion } from './fragments';

/** The way of a request body through the codec. */
async function publish(document: unknown, url = '@acme/thing'): Promise<PublishedVersion> {
  const scanner = new TarballScanner();
  const digest = new MultiDigest(['sha1', 'sha512']);
  const reader = new PublishDocumentReader({
    begin: () => undefined,
    write: async (bytes) => {
      digest.update(bytes);
      await scanner.write(bytes);
    },
    end: () => undefined,
  });
  const body = Buffer.from(JSON.stringify(document));
  for (let at = 0; at < body.length; at += 1000) await reader.write(body.subarray(at, at + 1000));
  const received = reader.finish();
  return readPublish({
    name: parsePackageName(url),
    received,
    digests: digest.finish(),
    facts: await scanner.finish(),
    publisher: { name: 'alice', email: 'alice@example.test' },
    sign: (name, version, integrity) => ({ keyid: 'SHA256:k', sig: `${name}@${version}:${integrity}` }),
  });
}

async function refusedField(document: unknown, url?: string): Promise<unknown> {
  return publish(document, url).then(
    () => 'accepted',
    (error: unknown) => {
      if (!isDomainError(error, 'invalid_package')) throw error;
      return error.details.field;
    },
  );
}

/** Publishes a manifest with a tarball that holds another one. */
async function publishPair(
  sent: Record<string, unknown>,
  packed: Record<string, unknown>,
  files: TarballSource['files'] = {},
): Promise<unknown> {
  const identity = { name: '@acme/thing', version: '1.0.0' };
  const tarball = await makeTarball({ manifest: packed, files });
  return refusedField(makePublishDocument({ tarball, manifest: { ...identity, ...sent } }));
}

type ManifestPatch = (manifest: Record<string, unknown> & { dist: Record<string, unknown> }) => void;

/** A valid document whose manifest is changed afterwards. */
async function patched(
  patch: ManifestPatch,
  source: Partial<PublishDocumentSource> = {},
): Promise<Record<string, unknown>> {
  const { document } = await makePublish(source);
  patch((document.versions as Record<string, never>)['1.0.0']!);
  return document;
}

describe('reading what is published', () => {
  it('gives everything a version is committed with', async () => {
    const manifest = {
      description: 'A thing',
      keywords: ['a', 'b'],
      license: 'MIT',
      author: { name: 'Alice' },
      homepage: 'https://example.test',
      repository: { type: 'git', url: 'git+https://git.example.test/acme/things.git' },
      scripts: { install: 'node x.js' },
      dependencies: { a: '^1.0.0' },
    };
    const { document } = await makePublish({
      manifest,
      files: { 'README.md': '# Thing' },
      access: 'restricted',
      tags: { beta: '1.0.0', latest: '1.0.0' },
    });
    const published = await publish(document);
    expect(published).toMatchObject({
      version: { version: '1.0.0', identity: '1.0.0' },
      fileName: 'thing-1.0.0.tgz',
      tags: ['beta', 'latest'],
      access: 'restricted',
      repository: { host: 'git.example.test', owner: 'acme', name: 'things' },
      bundle: null,
      packageProperties: {
        description: 'A thing',
        readme: '# Thing',
        readmeFilename: 'README.md',
        keywords: '["a","b"]',
        license: 'MIT',
        homepage: 'https://example.test',
        author: '{"name":"Alice"}',
        repository: '{"type":"git","url":"git+https://git.example.test/acme/things.git"}',
      },
    });
    const full = JSON.parse(renderVersion(published.fragments.full, 'https://h/npm')) as Record<
      string,
      unknown
    >;
    expect(full).toMatchObject({
      _id: '@acme/thing@1.0.0',
      _npmUser: { name: 'alice', email: 'alice@example.test' },
      _npmVersion: '11.0.0',
      hasInstallScript: true,
    });
    expect(full.dist).toEqual({
      integrity: published.integrity,
      shasum: expect.stringMatching(/^[0-9a-f]{40}$/) as string,
      fileCount: 2,
      unpackedSize: expect.any(Number) as number,
      signatures: [{ keyid: 'SHA256:k', sig: `@acme/thing@1.0.0:${published.integrity}` }],
      tarball: 'https://h/npm/@acme/thing/-/thing-1.0.0.tgz',
    });
  });

  it('drops what clients leak and what is not theirs to say', async () => {
    const leaks = {
      _resolved: '/home/x',
      _from: 'file:x',
      _integrity: 'x',
      _where: '/',
      _args: [],
      _npmUser: { name: 'root' },
      integrity: 'x',
      shasum: 'y',
      maintainers: [{ name: 'eve' }],
      readme: 'text',
      _hasShrinkwrap: true,
      hasInstallScript: true,
      deprecated: true,
    };
    const { manifest, packageProperties } = await publish(
      await patched((sent) => Object.assign(sent, leaks)),
    );
    expect(Object.keys(manifest).sort()).toEqual([
      '_id',
      '_nodeVersion',
      '_npmUser',
      '_npmVersion',
      'name',
      'version',
    ]);
    expect(manifest._npmUser).toEqual({ name: 'alice', email: 'alice@example.test' });
    expect(packageProperties.readme).toBe('text');
  });

  it('keeps __proto__ in a manifest a mere key', async () => {
    const dependencies = JSON.parse('{"__proto__":"1.0.0","constructor":"2.0.0"}') as object;
    const { fragments } = await publish((await makePublish({ manifest: { dependencies } })).document);
    expect(fragments.abbreviated).toContain('"dependencies":{"__proto__":"1.0.0","constructor":"2.0.0"}');
  });

  it.each([
    ['name', { overrides: { name: '@acme/other' } }],
    ['_id', { overrides: { _id: '@acme/other' } }],
    ['name', { overrides: { name: undefined } }],
    ['versions', { overrides: { versions: {} } }],
    ['versions', { overrides: { versions: { '1.0.0': 'x' } } }],
    ['versions', { overrides: { versions: [{}] } }],
    ['versions', { overrides: { versions: { '1.0.0': {}, '1.1.0': {} } } }],
    ['version', { overrides: { versions: { '1.0.1': { name: '@acme/thing', version: '1.0.0' } } } }],
    ['version', { overrides: { versions: { '1.0': { name: '@acme/thing', version: '1.0' } } } }],
    ['name', { overrides: { versions: { '1.0.0': { name: '@acme/other', version: '1.0.0' } } } }],
    ['dist-tags', { tags: { latest: '0.9.0' } }],
    ['access', { access: 'everyone' }],
  ])('refuses another %s', async (field, source) => {
    const { document } = await makePublish(source);
    expect(await refusedField(document)).toBe(field);
  });

  it('refuses tags that are ranges or poisonous', async () => {
    for (const tag of ['1.x', '__proto__']) {
      const { document } = await makePublish({
        tags: JSON.parse(`{"${tag}":"1.0.0"}`) as Record<string, string>,
      });
      await expect(publish(document)).rejects.toMatchObject({ code: 'invalid_request' });
    }
  });

  it('refuses a URL with another name', async () => {
    expect(await refusedField((await makePublish()).document, '@acme/other')).toBe('name');
  });

  it('verifies every digest that is given, and asks for one', async () => {
    const sha384 = 'sha384-AAAA';
    expect(
      await refusedField(await patched(({ dist }) => (dist.integrity = `sha512-${'A'.repeat(86)}==`))),
    ).toBe('dist.integrity');
    expect(await refusedField(await patched(({ dist }) => (dist.shasum = '0'.repeat(40))))).toBe(
      'dist.shasum',
    );
    expect(await refusedField(await patched((sent) => delete (sent as { dist?: unknown }).dist))).toBe(
      'dist',
    );
    expect(await refusedField(await patched((sent) => (sent.dist = { integrity: sha384 })))).toBe('dist');
    expect(await refusedField(await patched(({ dist }) => delete dist.shasum))).toBe('accepted');
    expect(await refusedField(await patched(({ dist }) => delete dist.integrity))).toBe('accepted');
    expect(
      await refusedField(
        await patched(({ dist }) => (dist.integrity = `${sha384} ${String(dist.integrity)}?x`)),
      ),
    ).toBe('accepted');
  });

  it('refuses a document without a tarball or with another length', async () => {
    const { document, tarball } = await makePublish();
    const withLength = (length: unknown) => ({
      ...document,
      _attachments: { 'x.tgz': { data: tarball.toString('base64'), length } },
    });
    expect(await refusedField(withLength(tarball.length + 1))).toBe('_attachments');
    expect(await refusedField(withLength('many'))).toBe('_attachments');
    expect(await refusedField(withLength(undefined))).toBe('accepted');
    const scanned = publish({ ...document, _attachments: { 'x.tgz': { data: { not: 'text' } } } });
    await expect(scanned).rejects.toMatchObject({ code: 'invalid_package' });
  });

  it('takes the new version out of the merge that npm 6 and 8 send after a conflict', async () => {
    const { document } = await makePublish();
    const merged = {
      ...document,
      _rev: '4',
      versions: { '0.9.0': { name: '@acme/thing', version: '0.9.0' }, ...(document.versions as object) },
      'dist-tags': { old: '0.9.0', latest: '1.0.0' },
    };
    expect(await publish(merged)).toMatchObject({ version: { version: '1.0.0' }, tags: ['latest'] });
    expect(await refusedField({ ...merged, _rev: undefined })).toBe('versions');
  });
});

describe('comparing the manifest with the tarball', () => {
  it.each([
    ['name', {}, { name: '@acme/other' }],
    ['version', {}, { version: '1.0.1' }],
    ['dependencies', { dependencies: {} }, { dependencies: { evil: '1' } }],
    ['dependencies', { dependencies: { a: '1' } }, { dependencies: { a: '2' } }],
    ['dependencies', { dependencies: { a: 'evil/a' } }, { dependencies: { a: 'good/a' } }],
    ['dependencies', { dependencies: { a: '1' } }, {}],
    ['optionalDependencies', {}, { optionalDependencies: { a: '1' } }],
    ['peerDependencies', {}, { peerDependencies: { a: '1' } }],
    ['peerDependenciesMeta', {}, { peerDependenciesMeta: { a: { optional: true } } }],
    [
      'bundleDependencies',
      { dependencies: { a: '1' } },
      { dependencies: { a: '1' }, bundledDependencies: ['a'] },
    ],
    ['bin', { bin: { x: 'a.js' } }, { bin: { x: 'b.js' } }],
    ['bin', { bin: { x: 'a.js' } }, { directories: { bin: 'cli' } }],
    ['scripts', {}, { scripts: { postinstall: 'evil' } }],
    ['scripts', { scripts: { install: 'node-gyp rebuild' } }, {}],
    ['engines', {}, { engines: { node: '>=20' } }],
    ['os', {}, { os: ['linux'] }],
    ['cpu', { cpu: ['x64'] }, { cpu: ['arm64'] }],
    ['libc', { libc: 'musl' }, {}],
  ])('refuses another %s', async (field, sent, packed) => {
    expect(await publishPair(sent, packed)).toBe(field);
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>, TarballSource['files']?]>([
    ['a command given as text', { bin: { thing: 'cli.js' } }, { name: '@acme/thing', bin: './cli.js' }],
    ['commands with dots and folders', { bin: { x: 'bin/x.js' } }, { bin: { 'a/x': './bin/../bin/x.js' } }],
    ['a folder of commands', { bin: { x: 'cli/x' } }, { directories: { bin: './cli/' } }],
    [
      'the alias of bundled packages',
      { dependencies: { a: '1' }, bundleDependencies: ['a'] },
      { dependencies: { a: '1' }, bundledDependencies: ['a'] },
    ],
    [
      'all packages bundled',
      { dependencies: { a: '1' }, bundleDependencies: ['a'] },
      { dependencies: { a: '1' }, bundleDependencies: true },
    ],
    ['none bundled', {}, { bundleDependencies: false }],
    [
      'optional packages listed twice',
      { dependencies: { a: '1', b: '1' }, optionalDependencies: { b: '1' } },
      { dependencies: { a: '1' }, optionalDependencies: { b: '1' } },
    ],
    [
      'a Git host written out',
      { dependencies: { a: 'github:acme/a#v1' } },
      { dependencies: { a: 'acme/a#v1' } },
    ],
    [
      'a Git address',
      { dependencies: { a: 'git+https://github.com/acme/a.git' } },
      { dependencies: { a: 'https://github.com/acme/a' } },
    ],
    [
      'an added build script',
      { scripts: { install: 'node-gyp rebuild' }, gypfile: true },
      {},
      { 'binding.gyp': '{}' },
    ],
    ['an added start script', { scripts: { start: 'node server.js' } }, {}, { 'server.js': '' }],
    [
      'scripts of the publisher',
      { scripts: { test: 'x' } },
      { scripts: { test: 'x', prepack: 'y', prepare: 'z' } },
    ],
    [
      'overrides for publishing',
      { os: ['linux'], bin: { x: 'dist/x' } },
      { os: ['darwin'], bin: { x: 'src/x' }, publishConfig: { os: ['linux'], bin: { x: './dist/x' } } },
    ],
    [
      'another order',
      { os: ['a', 'b'], engines: { x: '1', y: '2' } },
      { os: ['b', 'a'], engines: { y: '2', x: '1' } },
    ],
    ['empty fields', { dependencies: {}, scripts: {}, os: [] }, {}],
    [
      'fields that no installer reads',
      { devDependencies: { a: '1' }, license: 'MIT', author: { name: 'x' } },
      { license: 'ISC', author: 'x' },
    ],
    ['spaces around name and version', {}, { name: ' @acme/thing ', version: ' v1.0.0 ' }],
    ['scripts that are no text', {}, { scripts: { postinstall: 7 } }],
  ])('accepts %s', async (...[, sent, packed, files]) => {
    expect(await publishPair(sent, packed, files)).toBe('accepted');
  });

  it('notes that installers compile a package with binding.gyp', async () => {
    const { document } = await makePublish({ files: { 'binding.gyp': '{}' } });
    expect((await publish(document)).manifest.hasInstallScript).toBe(true);
  });
});

describe('provenance bundles', () => {
  it('keeps the text of a bundle about this tarball and lists its predicate', async () => {
    const { tarball, manifest } = await makePublish();
    const attachments = makeBundleAttachment({ name: '@acme/thing', version: '1.0.0', tarball });
    const published = await publish(makePublishDocument({ tarball, manifest, attachments }));
    expect(published.bundle?.predicateType).toBe('https://slsa.dev/provenance/v1');
    expect(published.bundle?.text).toBe((Object.values(attachments)[0] as { data: string }).data);
    const full = JSON.parse(renderVersion(published.fragments.full, 'https://h/npm')) as {
      dist: { attestations: { url: string } };
    };
    expect(full.dist.attestations.url).toBe('https://h/npm/-/npm/v1/attestations/@acme%2fthing@1.0.0');
  });

  it('refuses a bundle about another version, other bytes, or nothing', async () => {
    const { tarball, manifest } = await makePublish();
    const about = (subject: { version?: string; tarball?: Buffer }) =>
      Object.values(makeBundleAttachment({ name: '@acme/thing', version: '1.0.0', tarball, ...subject }))[0];
    const good = about({}) as { data: string };
    const bad = [
      about({ version: '1.0.1' }),
      about({ tarball: Buffer.from('x') }),
      { ...good, data: '{}' },
      { ...good, data: 'x' },
      { ...good, content_type: 'text/plain' },
      { ...good, data: { a: 1 } },
      null,
    ];
    for (const attachment of bad) {
      const document = makePublishDocument({
        tarball,
        manifest,
        attachments: { '@acme/thing-1.0.0.sigstore': attachment },
      });
      expect(await refusedField(document)).toBe('_attachments');
    }
    expect(
      await refusedField(makePublishDocument({ tarball, manifest, attachments: { 'other.sigstore': good } })),
    ).toBe('_attachments');
  });
});
