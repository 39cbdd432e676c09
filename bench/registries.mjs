/** The two registries that are measured side by side, behind one face. */
const password = 'a-long-enough-password';

export async function startOurs(testing) {
  const started = Date.now();
  const platform = await testing.startPlatform({ mode: 'embedded' });
  const firstStart = Date.now() - started;
  await platform.api.createUser('alice', password);
  const { token } = await testing.PlatformApi.withPassword(platform.url, 'alice', password).createToken();
  return {
    name: 'Packhouse',
    registry: `${platform.url}/_registry/npm`,
    token,
    firstStart,
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

export async function startVerdaccio(testing) {
  const server = await testing.startVerdaccio();
  const token = await server.createUser('alice', password);
  return {
    name: 'Verdaccio 6.8',
    registry: server.url,
    token,
    pid: server.pid,
    stop: async () => server.stop(),
  };
}

/** Publishes one version through the API and gives the milliseconds it took. */
export async function publish(testing, target, built) {
  const body = built.document(target.registry, { access: 'public' });
  const started = process.hrtime.bigint();
  const answer = await fetch(`${target.registry}/${testing.escapeName(built.name)}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${target.token}` },
    body,
  });
  await answer.arrayBuffer();
  if (!answer.ok)
    throw new Error(`${target.name} answered HTTP ${answer.status} to ${built.name}@${built.version}`);
  return Number(process.hrtime.bigint() - started) / 1e6;
}

/** A manifest of the size that real packages have: about 1 KB a version. */
const manifest = {
  description: 'A package of the benchmark, with the fields that real ones have.',
  keywords: ['benchmark', 'measure', 'speed', 'registry'],
  homepage: 'https://example.org/benchmark#readme',
  repository: { type: 'git', url: 'git+https://example.org/alice/benchmark.git' },
  license: 'MIT',
  author: { name: 'Alice', email: 'alice@example.org' },
  scripts: { build: 'tsc -b', test: 'jest', lint: 'eslint .' },
  engines: { node: '>=18' },
  dependencies: Object.fromEntries(
    Array.from({ length: 8 }, (_, i) => [`@alice/dependency-${i}`, `^${i}.2.3`]),
  ),
};

export function buildSmall(testing, name, version) {
  return testing.buildPackage({ name, version, manifest });
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
