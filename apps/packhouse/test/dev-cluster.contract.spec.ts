import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Product } from './support/product';

jest.setTimeout(400_000);

interface ClusterFacts {
  readonly url: string;
  readonly replicaUrls: readonly string[];
  readonly gatewayUrls: readonly string[];
  readonly adminLogin: string;
  readonly adminPassword: string;
  readonly processes: readonly { service: string; replica: number; pid: number; url: string | null }[];
}

let folder: string;
let product: Product;
let cluster: ClusterFacts;

async function until(check: () => Promise<boolean> | boolean, seconds = 90): Promise<void> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end;) {
    if (await check()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`It did not come true within ${seconds} s.\n${product.stderr}`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const isReady = (url: string): Promise<boolean> =>
  fetch(`${url}/health/ready`).then(
    ({ ok }) => ok,
    () => false,
  );

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packhouse-dev-cluster-'));
  product = new Product(['dev-cluster', '--json'], { PACKHOUSE_DATA: folder, PACKHOUSE_PORT: '0' });
  await until(() => product.stdout.includes('\n') || product.stderr !== '', 240);
  cluster = JSON.parse(
    product.stdout.split('\n').find((line) => line.startsWith('{')) ?? 'null',
  ) as ClusterFacts;
});

afterAll(async () => {
  product.kill('SIGTERM');
  await product.end();
  await rm(folder, { recursive: true, force: true });
});

describe('packhouse dev-cluster', () => {
  it('runs two replicas of what listens, and one of each core service', () => {
    const counts = new Map<string, number>();
    for (const { service } of cluster.processes) counts.set(service, (counts.get(service) ?? 0) + 1);
    expect(Object.fromEntries(counts)).toMatchObject({
      auth: 1,
      metadata: 1,
      audit: 1,
      billing: 1,
      blobs: 1,
      api: 2,
      'gateway-npm': 2,
      'gateway-container': 2,
      'gateway-docker': 2,
    });
    expect(cluster.gatewayUrls).toHaveLength(8);
  });

  it('answers through the front and through each replica with the same accounts', async () => {
    const authorization = `Basic ${Buffer.from(`${cluster.adminLogin}:${cluster.adminPassword}`).toString('base64')}`;
    for (const url of [cluster.url, ...cluster.replicaUrls]) {
      const answer = await fetch(`${url}/api/packhouse/v1/user`, { headers: { authorization } });
      expect(await answer.json()).toMatchObject({ login: cluster.adminLogin, siteAdmin: true });
    }
  });

  it('starts a killed process again and is ready again', async () => {
    const [victim] = cluster.processes.filter(({ service }) => service === 'auth');
    process.kill(victim?.pid ?? 0, 'SIGKILL');
    await until(async () => !(await isReady(cluster.url)));
    await until(() => isReady(cluster.url));
  });

  it('leaves no process behind when it is killed itself', async () => {
    const pids = cluster.processes.filter(({ service }) => service !== 'auth').map(({ pid }) => pid);
    expect(pids.every(isAlive)).toBe(true);
    product.kill('SIGKILL');
    await product.end();
    await until(() => !pids.some(isAlive));
    await until(async () => !(await commandLinesNaming(folder)));
  });
});

/** True while any process names the folder, as the servers behind the cluster do. */
async function commandLinesNaming(text: string): Promise<boolean> {
  const { readFile } = await import('node:fs/promises');
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    const line = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
    if (line.includes(text)) return true;
  }
  return false;
}
