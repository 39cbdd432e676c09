import {
  ClientError,
  NpmClient,
  PlatformApi,
  removeTemporaryFolders,
  selectClients,
  selectModes,
  startPlatform,
  TestIssuer,
  writePackage,
  type RunningPlatform,
} from '@packhouse/testing';

jest.setTimeout(240_000);

const password = 'a-long-enough-password';
const job = {
  sub: 'repo:acme/app:ref:refs/heads/main',
  repository: 'acme/app',
  ref: 'refs/heads/main',
  repository_visibility: 'private',
};

describe.each(selectModes())('trusted publishing from CI, %s', (mode) => {
  let platform: RunningPlatform;
  let issuer: TestIssuer;
  let owner: PlatformApi;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    platform = await startPlatform({ mode, env: { PACKHOUSE_PRIVATE_ISSUERS: 'on' } });
    await platform.api.createUser('owen', password);
    owner = PlatformApi.withPassword(platform.url, 'owen', password);
    await owner.createOrganization('acme');
    await owner.call('POST', '/trusted-publishers/acme', {
      issuer: issuer.url,
      claims: { repository: 'acme/app', ref: 'refs/heads/*' },
      package: '@acme/lib*',
      format: 'npm',
    });
  });

  afterAll(async () => {
    await platform?.stop();
    await issuer?.stop();
    removeTemporaryFolders();
  });

  /** The environment that GitHub's runner gives a job with `permissions: id-token: write`, and npm in it without any token. */
  const inJob = (claims: Readonly<Record<string, unknown>> = job) => {
    issuer.jobClaims = claims;
    return {
      GITHUB_ACTIONS: 'true',
      CI: 'true',
      ACTIONS_ID_TOKEN_REQUEST_URL: `${issuer.url}/job-token?api-version=2`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'of-the-runner',
    };
  };
  const npm = (name: 'npm-11', token?: string) =>
    new NpmClient(name, { registry: `${platform.url}/_registry/npm`, scopes: ['@acme'], token });

  describe.each(selectClients(['npm-11'] as const))('with %s', (name) => {
    it('publishes without a stored token, and the version is there', async () => {
      const folder = writePackage({ name: '@acme/lib', version: '1.0.0' });
      const { output } = await npm(name).run(['publish', '--loglevel=verbose'], {
        cwd: folder,
        env: inJob(),
      });
      expect(output).toContain('Successfully retrieved and set token');
      const { token } = await owner.createToken();
      const seen = await npm(name, token).run(['view', '@acme/lib', 'version', '--json']);
      expect(seen.stdout).toContain('1.0.0');
      const list = (await owner.call('GET', '/trusted-publishers/acme')) as {
        items: Array<{ lastUsedAt: string }>;
      };
      expect(list.items[0]?.lastUsedAt).toMatch(/^20/);
    });

    it.each([
      ['another repository', '@acme/lib', { ...job, repository: 'evil/app' }, /"repository".*evil\/app/],
      ['another branch space', '@acme/lib', { ...job, ref: 'refs/tags/v1' }, /"ref".*refs\/tags\/v1/],
      ['a package that nobody named', '@acme/other', job, /No trusted publisher.*@acme\/other/],
      ['an owner that trusts nobody', '@owen/lib', job, /No trusted publisher/],
    ])('is refused for %s, with the reason in the log of the job', async (_what, pkg, claims, reason) => {
      const folder = writePackage({ name: pkg, version: '9.9.9' });
      const client = npm(name);
      const options = { cwd: folder, env: inJob(claims) };
      const { code, output } = await client.attempt(['publish', '--loglevel=verbose'], options);
      expect(code).not.toBe(0);
      expect(output).toMatch(reason);
    });

    it('gives a token for the one package that it was asked for', async () => {
      issuer.jobClaims = job;
      const idToken = await issuer.sign(`npm:${new URL(platform.url).hostname}`, { claims: job });
      const path = '/-/npm/v1/oidc/token/exchange/package/@acme%2flib-two';
      const exchange = (): Promise<Response> =>
        fetch(`${platform.url}${path}`, { method: 'POST', headers: { authorization: `Bearer ${idToken}` } });
      const answer = await exchange();
      expect(answer.status).toBe(201);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      const { token } = (await answer.json()) as { token: string };
      expect((await exchange()).status).toBe(401);
      const client = npm(name, token);
      expect(await client.whoami()).toBe('packhouse-actions[bot]');
      await client.publish(writePackage({ name: '@acme/lib-two', version: '1.0.0' }));
      const other = client.publish(writePackage({ name: '@acme/lib', version: '2.0.0' }));
      await expect(other).rejects.toThrow(ClientError);
      await expect(other).rejects.toThrow(/403/);
    });

    it('is over at once on every replica when the publisher is removed', async () => {
      const idToken = await issuer.sign(platform.url, { claims: job });
      const given = await platform.api.call('POST', '/trusted-publishing/exchange', {
        idToken,
        owner: 'acme',
      });
      const { token, publisherId } = given as { token: string; publisherId: string };
      const whoami = (url: string): Promise<Response> =>
        fetch(`${url}/_registry/npm/-/whoami`, { headers: { authorization: `Bearer ${token}` } });
      for (const url of platform.replicas) expect((await whoami(url)).status).toBe(200);
      await owner.call('DELETE', `/trusted-publishers/acme/${publisherId}`);
      for (const url of platform.replicas) expect((await whoami(url)).status).toBe(401);
    });
  });
});
