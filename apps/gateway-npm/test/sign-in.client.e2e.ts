import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  makeClient,
  makeTemporaryFolder,
  NpmClient,
  removeTemporaryFolders,
  selectClients,
  writePackage,
  writeProject,
  YarnBerryClient,
  type CommandResult,
} from '@packhouse/testing';
import {
  has,
  password,
  selectTargets,
  startRegistry,
  type RegistryUnderTest,
  type TargetName,
  type TestAccount,
} from './support/registry-under-test';

jest.setTimeout(240_000);

const webClients = selectClients(['npm-6', 'npm-8', 'npm-10', 'npm-11']);
/** npm 6 and 8 ask on the terminal only where a registry has no web sign-in. */
const legacyClients = (target: TargetName) =>
  webClients.filter((name) => !has(target, 'web-login') || (name !== 'npm-6' && name !== 'npm-8'));
const berries = selectClients(['yarn-4']);

/** The prompts of the CouchDB-style sign-in; npm 6 and 8 ask for an address too. */
const answers: readonly (readonly [RegExp, string])[] = [
  [/username:/i, 'alice'],
  [/password:/i, password],
];
const answersWithEmail = [...answers, [/email[^\n]*:/i, 'alice@example.org'] as const];

/** Before npm 9 the kind of sign-in could not be chosen. */
const older = (name: string) => name === 'npm-6' || name === 'npm-8';

/** What a person does who opens the page that the client names. */
async function approve(page: string, login: string): Promise<Response> {
  return fetch(page, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ login, password, otp: '', answer: 'approve' }).toString(),
  });
}

/** Passes reads on, with the digest in each document exchanged for another: what a signature must reveal. */
async function startTamperingProxy(registry: string): Promise<{ url: string; close(): void }> {
  const server = createServer((request, response) => {
    void fetch(`${registry}${request.url ?? ''}`).then(async (answer) => {
      const body = (await answer.text()).replaceAll(/"integrity":"sha512-..../g, '"integrity":"sha512-AAAA');
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

describe.each(selectTargets())('signing in to the %s registry', (target) => {
  let registry: RegistryUnderTest;
  let alice: TestAccount;
  const homes = (token?: string, url = registry.url): NpmClient =>
    new NpmClient('npm-11', { registry: url, scopes: ['@alice'], token });

  beforeAll(async () => {
    registry = await startRegistry(target);
    alice = await registry.createUser('alice');
  });

  afterAll(async () => {
    await registry?.stop();
    removeTemporaryFolders();
  });

  it.each(legacyClients(target))('signs in on the terminal with %s and is known afterwards', async (name) => {
    const npm = new NpmClient(name, { registry: registry.url });
    const command = older(name) ? ['login'] : ['login', '--auth-type=legacy'];
    const result = await npm.attemptInTerminal(command, older(name) ? answersWithEmail : answers);
    expect(result.output).toMatch(/logged in/i);
    expect(await npm.whoami()).toBe('alice');
  });

  it.each(legacyClients(target))('is refused on the terminal with %s and a wrong password', async (name) => {
    const npm = new NpmClient(name, { registry: registry.url });
    const wrong = [
      [/username:/i, 'alice'],
      [/password:/i, 'not the password'],
      ...(older(name) ? answersWithEmail.slice(2) : []),
    ];
    const command = older(name) ? ['login'] : ['login', '--auth-type=legacy'];
    const result = await npm.attemptInTerminal(command, wrong as typeof answers);
    expect(result.output).not.toMatch(/logged in (as|on)/i);
    await expect(npm.whoami()).rejects.toThrow(/401|ENEEDAUTH|need auth/i);
  });

  it('signs out so that the token is dead, not just forgotten', async () => {
    const npm = homes();
    await npm.attemptInTerminal(['login', '--auth-type=legacy'], answers);
    const token = /_authToken="?([^"\n]+)/.exec(readFileSync(join(npm.folder, '.npmrc'), 'utf8'))?.[1];
    await npm.run(['logout']);
    await expect(npm.whoami()).rejects.toThrow(/ENEEDAUTH|need auth/i);
    if (has(target, 'tokens')) {
      const answer = await fetch(`${registry.url}/-/whoami`, {
        headers: { authorization: `Bearer ${token ?? ''}` },
      });
      expect(answer.status).toBe(401);
    }
  });

  it.each(berries)('signs in with %s by name and password', async () => {
    const yarn = new YarnBerryClient({ registry: registry.url });
    const prompts = [
      [/username/i, 'alice'],
      [/password/i, password],
    ] as const;
    const result: CommandResult = await yarn.attemptInTerminal(['npm', 'login'], prompts);
    expect(result.output).toMatch(/logged in|successfully/i);
    expect(await yarn.whoami()).toBe('alice');
  });

  if (has(target, 'web-login')) {
    it.each(webClients)('signs in through the browser page with %s', async (name) => {
      const npm = new NpmClient(name, { registry: registry.url });
      let page: string | undefined;
      let approval: Promise<Response> | undefined;
      const result = await npm.attempt(
        ['login', ...(older(name) ? [] : ['--auth-type=web', '--browser=false'])],
        {
          timeoutSeconds: 40,
          onOutput: (output) => {
            page ??= /(http:\/\/\S*\/login\/\S+)/.exec(output)?.[1];
            if (page && !approval) approval = approve(page, 'alice');
          },
        },
      );
      expect((await approval)?.status).toBe(200);
      expect(result.code).toBe(0);
      expect(await npm.whoami()).toBe('alice');
    });

    it('shows the person who asks, and takes an answer once', async () => {
      const start = await fetch(`${registry.url}/-/v1/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'a <b>client</b>' },
        body: '{}',
      });
      const { loginUrl, doneUrl } = (await start.json()) as { loginUrl: string; doneUrl: string };
      const pending = await fetch(doneUrl);
      expect([pending.status, pending.headers.get('retry-after')]).toEqual([202, '1']);
      const page = await (await fetch(loginUrl)).text();
      expect(page).toContain('127.0.0.1');
      expect(page).not.toContain('<b>client</b>');
      expect((await approve(loginUrl, 'alice')).status).toBe(200);
      expect((await fetch(doneUrl)).status).toBe(200);
      expect((await fetch(doneUrl)).status).toBe(404);
    });
  }

  if (has(target, 'tokens')) {
    it('creates, lists and revokes tokens on the command line', async () => {
      const npm = homes(alice.token);
      const made = await npm.run(['token', 'create', '--name=of-a-test', `--password=${password}`, '--json']);
      const { token } = JSON.parse(made.stdout) as { token: string };
      const other = homes(token);
      expect(await other.whoami()).toBe('alice');
      const listed = JSON.parse((await npm.run(['token', 'list', '--json'])).stdout) as {
        id: string;
        name: string;
        token: string;
      }[];
      const entry = listed.find(({ name }) => name === 'of-a-test');
      expect(entry?.token.length).toBeLessThan(token.length);
      expect(JSON.stringify(listed)).not.toContain(token);
      await npm.run(['token', 'revoke', entry?.id ?? '']);
      await expect(other.whoami()).rejects.toThrow(/401/);
    });

    it('reads the profile', async () => {
      const profile = JSON.parse((await homes(alice.token).run(['profile', 'get', '--json'])).stdout) as {
        name: string;
      };
      expect(profile.name).toBe('alice');
    });
  }

  if (has(target, 'signatures')) {
    /**
     * npm asks Sigstore's mirror for the keys of the public registry before it asks ours. The tests reach no outside,
     * so this stands in for a mirror that does not know our registry; everything after it is npm's own verification.
     */
    const mirrorStub = `
      const Module = require('node:module');
      const load = Module._load;
      Module._load = function (name, ...rest) {
        const loaded = load.call(this, name, ...rest);
        if (name !== '@sigstore/tuf') return loaded;
        const getTarget = async () => { throw Object.assign(new Error('no such target'), { code: 'TUF_FIND_TARGET_ERROR' }); };
        return { ...loaded, initTUF: async () => ({ getTarget }) };
      };`;

    const auditSignatures = async (project: string, url?: string): Promise<CommandResult> => {
      const stub = join(makeTemporaryFolder('mirror'), 'stub.cjs');
      writeFileSync(stub, mirrorStub);
      const env = { NODE_OPTIONS: `--require ${stub}` };
      return homes(undefined, url).attempt(['audit', 'signatures'], { cwd: project, env });
    };

    it('has signatures that npm audit signatures verifies', async () => {
      const npm = homes(alice.token);
      await npm.publish(writePackage({ name: '@alice/signed', version: '1.0.0' }), { access: 'public' });
      const project = writeProject();
      await npm.install(project, ['@alice/signed@1.0.0']);
      const { code, output } = await auditSignatures(project);
      expect(output).toContain('1 package has a verified registry signature');
      expect(code).toBe(0);
    });

    it('has signatures that npm audit signatures rejects once a document was tampered with', async () => {
      const npm = homes(alice.token);
      await npm.publish(writePackage({ name: '@alice/tampered', version: '1.0.0' }), { access: 'public' });
      const project = writeProject();
      await npm.install(project, ['@alice/tampered@1.0.0']);
      const tampering = await startTamperingProxy(registry.url);
      const { code, output } = await auditSignatures(project, tampering.url);
      tampering.close();
      expect(output).toContain('1 package has an invalid registry signature');
      expect(code).toBe(1);
    });
  }

  it.each(selectClients(['pnpm-12', 'bun']))('knows %s by the token', async (name) => {
    expect(await makeClient(name, { registry: registry.url, token: alice.token }).whoami()).toBe('alice');
  });
});
