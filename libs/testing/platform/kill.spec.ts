import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildPackage,
  escapeName,
  makeClient,
  PlatformApi,
  putVersion,
  removeTemporaryFolders,
  startPlatform,
  waitUntil,
  selectClients,
  writePackage,
  writeProject,
  type RunningPlatform,
} from '../src';

/** How often the process group is killed; a cycle takes about three seconds. */
const KILLS = Number(process.env.PACKHOUSE_TEST_KILLS ?? 50);
const PUBLISHERS = 4;
const password = 'a-long-enough-password';

jest.setTimeout(KILLS * 30_000 + 300_000);

interface Attempt {
  readonly name: string;
  readonly version: string;
  /** Known for versions built here; a real client's tarball is checked against what the registry says of it. */
  readonly integrity: string | null;
  acknowledged: boolean;
}

interface Dist {
  readonly integrity: string;
  readonly tarball: string;
}

const [realClient] = selectClients(['pnpm-12']);

/** Publishers that write until the server is gone; each one's every attempt is recorded before it is made. */
class Publishers {
  readonly attempts: Attempt[] = [];
  private stopped = false;

  constructor(
    private readonly registry: string,
    private readonly token: string,
    private readonly cycle: number,
  ) {}

  run(): Promise<void[]> {
    const loops = Array.from({ length: PUBLISHERS }, (_, index) => this.publishInALoop(index));
    return Promise.all([...loops, this.publishWithARealClient()]);
  }

  stop(): void {
    this.stopped = true;
  }

  /** The first two share a package, so that their publishes contend for it. */
  private async publishInALoop(index: number): Promise<void> {
    const name = `@alice/cycle-${this.cycle}-${Math.max(index, 1)}`;
    for (let patch = 0; !this.stopped; patch += 1) {
      const version = `${index}.0.${patch}`;
      const files = { 'data.bin': randomBytes(1000 + Math.floor(Math.random() * 150_000)) };
      const built = await buildPackage({ name, version, files });
      await this.attempt({ name, version, integrity: built.integrity, acknowledged: false }, async () => {
        const answer = await putVersion(this.registry, this.token, built, { access: 'public' });
        await answer.text();
        return answer.status === 201;
      });
    }
  }

  private async publishWithARealClient(): Promise<void> {
    const client = makeClient(realClient ?? 'pnpm-12', { registry: this.registry, token: this.token });
    const name = `@alice/real-${this.cycle}`;
    for (let patch = 0; !this.stopped; patch += 1) {
      const folder = writePackage({ name, version: `1.0.${patch}` });
      await this.attempt(
        { name, version: `1.0.${patch}`, integrity: null, acknowledged: false },
        async () => {
          await client.publish(folder, { access: 'public' });
          return true;
        },
      );
    }
  }

  private async attempt(entry: Attempt, publish: () => Promise<boolean>): Promise<void> {
    this.attempts.push(entry);
    try {
      entry.acknowledged = await publish();
    } catch {
      this.stopped = true; // the server is gone
    }
  }
}

function countFiles(folder: string): number {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    .length;
}

describe('a platform that is killed again and again', () => {
  let platform: RunningPlatform;
  let registry: string;
  let token: string;
  const attempts: Attempt[] = [];
  const starts: number[] = [];

  beforeAll(async () => {
    platform = await startPlatform({ mode: 'embedded' });
    registry = `${platform.url}/_registry/npm`;
    await platform.api.createUser('alice', password);
    token = (await PlatformApi.withPassword(platform.url, 'alice', password).createToken()).token;
  });

  afterAll(async () => {
    await platform?.stop();
    removeTemporaryFolders();
  });

  /** What is wrong with these attempts, as the registry shows them now; nothing, one hopes. */
  async function findFaults(some: readonly Attempt[]): Promise<string[]> {
    const faults: string[] = [];
    for (const name of new Set(some.map((attempt) => attempt.name))) {
      const answer = await fetch(`${registry}/${escapeName(name)}`);
      const { versions = {} } = (await answer.json()) as { versions?: Record<string, { dist: Dist }> };
      for (const attempt of some.filter((each) => each.name === name)) {
        const dist = versions[attempt.version]?.dist;
        const fault = dist
          ? await findFault(attempt, dist)
          : attempt.acknowledged
            ? 'was acknowledged and is gone'
            : null;
        if (fault) faults.push(`${name}@${attempt.version} ${fault}`);
      }
      const known = some.filter((each) => each.name === name).map(({ version }) => version);
      const strangers = Object.keys(versions).filter((version) => !known.includes(version));
      if (strangers.length > 0)
        faults.push(`${name} has versions that nobody published: ${strangers.join(', ')}`);
    }
    return faults;
  }

  /** A version that is visible is whole, acknowledged or not. */
  async function findFault({ integrity }: Attempt, dist: Dist): Promise<string | null> {
    if (integrity !== null && dist.integrity !== integrity) return 'has another integrity than what was sent';
    const tarball = await fetch(dist.tarball);
    if (tarball.status !== 200) return `is visible and its tarball answers ${tarball.status}`;
    const digest = createHash('sha512')
      .update(Buffer.from(await tarball.arrayBuffer()))
      .digest('base64');
    return `sha512-${digest}` === dist.integrity ? null : 'has a tarball that does not match its integrity';
  }

  async function publishUntilKilled(cycle: number): Promise<Attempt[]> {
    const publishers = new Publishers(registry, token, cycle);
    const running = publishers.run();
    await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 1000));
    await platform.kill();
    publishers.stop();
    await running;
    return publishers.attempts;
  }

  it(`keeps every acknowledged version and shows no half-made one, ${KILLS} times`, async () => {
    for (let cycle = 0; cycle < KILLS; cycle += 1) {
      const made = await publishUntilKilled(cycle);
      attempts.push(...made);
      starts.push(await platform.restart());
      expect(await findFaults(made)).toEqual([]);
    }
    const acknowledged = attempts.filter((attempt) => attempt.acknowledged).length;
    process.stderr.write(
      `${KILLS} kills: ${acknowledged} of ${attempts.length} publishes were acknowledged; ` +
        `starts took ${Math.min(...starts)} to ${Math.max(...starts)} ms\n`,
    );
    expect(acknowledged).toBeGreaterThan(KILLS);
    expect(acknowledged).toBeLessThan(attempts.length);
  });

  it('still has everything after all of them, and a real client installs the newest of each package', async () => {
    expect(await findFaults(attempts)).toEqual([]);
    const names = new Set(attempts.filter(({ acknowledged }) => acknowledged).map(({ name }) => name));
    const project = writeProject();
    const client = makeClient(realClient ?? 'pnpm-12', { registry });
    await client.install(project, [...names]);
    for (const name of names) {
      const manifest = readFileSync(join(project, 'node_modules', name, 'package.json'), 'utf8');
      expect(JSON.parse(manifest)).toEqual(expect.objectContaining({ name }));
    }
  });

  it('keeps no uploads and no content that nothing refers to', async () => {
    const blobs = join(platform.dataFolder, 'blobs');
    const shown = new Set<string>();
    for (const name of new Set(attempts.map((attempt) => attempt.name))) {
      const answer = await fetch(`${registry}/${escapeName(name)}`);
      const { versions = {} } = (await answer.json()) as { versions?: Record<string, { dist: Dist }> };
      for (const { dist } of Object.values(versions)) shown.add(dist.integrity);
    }
    // before anything is collected: at most what was in flight at each kill
    expect(countFiles(join(blobs, 'sha256'))).toBeLessThanOrEqual(shown.size + KILLS * (PUBLISHERS + 1));
    await platform.stop();
    await platform.restart({ PACKHOUSE_BLOB_GRACE_MINUTES: '0', PACKHOUSE_BLOB_COLLECT_MINUTES: '1' });
    const count = () => ({
      content: countFiles(join(blobs, 'sha256')),
      uploads: countFiles(join(blobs, 'uploads')),
    });
    const clean = { content: shown.size, uploads: 0 };
    // A minute until abandoned publishes are settled; what they left is collected on demand, sooner than by itself.
    const isClean = async () => {
      await platform.api.call('POST', '/operations/blob-collections', { dryRun: false });
      return JSON.stringify(count()) === JSON.stringify(clean);
    };
    await waitUntil('unused content is collected', isClean, { seconds: 180, everyMs: 1000 }).catch(
      () => undefined,
    );
    expect(count()).toEqual(clean);
    expect(await findFaults(attempts)).toEqual([]);
  });
});
