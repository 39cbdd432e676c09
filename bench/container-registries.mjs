/** The two registries of images that are measured side by side, behind one face. */
const password = 'a-long-enough-password';

export async function startOurs(testing) {
  const platform = await testing.startPlatform({ mode: 'embedded' });
  await platform.api.createUser('alice', password);
  const { token } = await testing.PlatformApi.withPassword(platform.url, 'alice', password).createToken();
  const account = { login: 'alice', secret: token };
  const http = new testing.OciHttp(platform.url, account);
  return {
    name: 'Packhouse',
    url: platform.url,
    dataFolder: platform.dataFolder,
    account,
    http,
    /** What every request carries: a token of the token service, as clients have it. They live for five minutes. */
    async headersFor(name) {
      return { Authorization: `Bearer ${await http.getToken(`repository:${name}:pull,push`)}` };
    },
    get pid() {
      return platform.pid;
    },
    restart: async () => {
      await platform.stop();
      return platform.restart();
    },
    stop: () => platform.stop(),
  };
}

export async function startTheirs(testing) {
  const server = await testing.startDockerRegistry({ open: true });
  return {
    name: 'docker-registry',
    url: server.url,
    http: new testing.OciHttp(server.url),
    headersFor: async () => ({}),
    pid: server.pid,
    stop: () => server.stop(),
  };
}

/** An image whose layers are random bytes of this size, so that nothing makes them smaller. */
export async function makeImage(testing, layers, bytes) {
  const { randomBytes } = await import('node:crypto');
  const built = [];
  for (let index = 0; index < layers; index += 1)
    built.push(await testing.buildLayer({ [`data-${index}`]: randomBytes(bytes) }));
  return testing.buildImage({ layers: built });
}
