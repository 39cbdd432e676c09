import { randomBytes } from 'node:crypto';
import {
  buildImage,
  buildLayer,
  listTree,
  OciHttp,
  PlatformApi,
  pullImage,
  pushImage,
  removeTemporaryFolders,
  selectModes,
  startPlatform,
  waitUntil,
  type BuiltImage,
  type RunningPlatform,
} from '../src';

/** How often everything is killed; a cycle takes about three seconds. */
const KILLS = Number(process.env.PACKHOUSE_TEST_KILLS ?? 12);
/** Services of which one process is killed, in turn; the database is that of all of them. */
const VICTIMS = [
  'gateway-container',
  'database',
  'metadata',
  'blobs',
  'gateway-container',
  'metadata',
  'blobs',
  'database',
];
const PUSHERS = 4;
/** A client gives up that long after it began or after the last kill. */
const PATIENCE_MS = 30_000;
const password = 'a-long-enough-password';

jest.setTimeout(KILLS * 30_000 + 300_000);

interface Push {
  readonly name: string;
  readonly tag: string;
  readonly image: BuiltImage;
  acknowledged: boolean;
}

let platform: RunningPlatform;
let secret: string;
let pushes: Push[];

const open = () => new OciHttp(platform.url, { login: 'alice', secret });

/** One image after the other, all on the same base, until `push` says that it is over. Two pushers share an image's name. */
async function pushInALoop(
  cycle: string,
  index: number,
  push: (http: OciHttp, made: Push) => Promise<boolean>,
): Promise<Push[]> {
  const made: Push[] = [];
  const http = open();
  const name = `alice/cycle-${cycle}-${Math.max(index, 1)}`;
  const base = await buildLayer({ base: randomBytes(30_000) });
  for (let goesOn = true; goesOn;) {
    const count = made.length;
    const layers = [base, await buildLayer({ [`layer-${index}-${count}`]: randomBytes(5000) })];
    const next = { name, tag: `t${index}-${count}`, image: buildImage({ layers }), acknowledged: false };
    made.push(next);
    pushes.push(next);
    goesOn = await push(http, next);
  }
  return made;
}

async function pushOnce(http: OciHttp, push: Push): Promise<boolean> {
  try {
    await pushImage(http, push.name, push.image, push.tag);
    push.acknowledged = true;
  } catch {
    // the server is gone
  }
  return push.acknowledged;
}

/** What is wrong with these pushes; a manifest that is visible is whole, acknowledged or not. */
async function findFaults(some: readonly Push[]): Promise<string[]> {
  const http = open();
  const faults: string[] = [];
  for (const { name, tag, image, acknowledged } of some) {
    const fault = await patiently(async () => {
      const head = await http.send('HEAD', `/v2/${name}/manifests/${tag}`, { headers: { accept: '*/*' } });
      if (head.status >= 500) throw new Error(`HTTP ${head.status}`);
      if (head.status !== 200) return acknowledged ? `was acknowledged and answers ${head.status}` : null;
      if (head.headers['docker-content-digest'] !== image.manifest.digest) return 'is another image';
      await pullImage(http, name, tag);
      return null;
    }).catch(String);
    if (fault) faults.push(`${name}:${tag} ${fault}`);
  }
  return faults;
}

/** Messages to a process that was killed are waited for in vain for some seconds, and answered with 5xx: clients ask again. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (const end = Date.now() + PATIENCE_MS; ;) {
    try {
      return await ask();
    } catch (error) {
      if (!/HTTP 5\d\d/.test(String(error)) || Date.now() > end) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

describe.each(selectModes())('57: a registry of images that is killed again and again, %s', (mode) => {
  beforeAll(async () => {
    pushes = [];
    platform = await startPlatform({ mode });
    await platform.api.createUser('alice', password);
    secret = (await PlatformApi.withPassword(platform.url, 'alice', password).createToken()).token;
  });

  afterAll(async () => {
    await platform?.stop();
    removeTemporaryFolders();
  });

  if (mode === 'embedded') {
    itSurvivesAll();
    itSurvivesEach(['database', 'database']);
  } else itSurvivesEach(VICTIMS);
});

/** Everything is killed at once, as in a power cut, while images are pushed. */
function itSurvivesAll(): void {
  it(`keeps every acknowledged push whole and shows no half of one, ${KILLS} times`, async () => {
    for (let cycle = 0; cycle < KILLS; cycle += 1) {
      let over = false;
      const running = Array.from({ length: PUSHERS }, (_, index) =>
        pushInALoop(String(cycle), index, async (http, push) => (await pushOnce(http, push)) && !over),
      );
      await new Promise((resolve) => setTimeout(resolve, 200 + Math.random() * 1300));
      await platform.kill();
      over = true;
      const made = (await Promise.all(running)).flat();
      await platform.restart();
      expect(await findFaults(made)).toEqual([]);
    }
    const acknowledged = pushes.filter((push) => push.acknowledged).length;
    process.stderr.write(`${KILLS} kills: ${acknowledged} of ${pushes.length} pushes were acknowledged\n`);
    expect(acknowledged).toBeGreaterThan(KILLS);
    expect(acknowledged).toBeLessThan(pushes.length);
  });

  it('still has everything after all of them', async () => {
    expect(await findFaults(pushes)).toEqual([]);
  });
}

/** One process after the other is killed and started again, while clients push and do not give up. */
function itSurvivesEach(victims: readonly string[]): void {
  let failures = 0;
  /** When what was killed last was back; nobody gives up before. */
  let backAt = 0;

  async function pushPatiently(http: OciHttp, push: Push): Promise<void> {
    const began = Date.now();
    while (!(await pushOnce(http, push)) && Date.now() - Math.max(began, backAt) < PATIENCE_MS) {
      failures += 1;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  const isReady = async () => (await fetch(`${platform.url}/health/ready`)).ok;

  /** One of its connections dies hard: Postgres then ends all others, and starts again from its log. */
  async function killDatabase(): Promise<void> {
    const server = platform.databasePid;
    const connections = () => listTree(server).filter(({ command }) => /^postgres: .*127/.test(command));
    const [victim, ...others] = connections();
    if (!victim) throw new Error('No connection to the database is open');
    process.kill(victim.pid, 'SIGKILL');
    const ended = new Set([victim, ...others].map(({ pid }) => pid));
    await waitUntil('all connections end', () => !connections().some(({ pid }) => ended.has(pid)), {
      everyMs: 20,
    });
    await waitUntil('the database is back', isReady, { seconds: 60, everyMs: 50 });
  }

  /** One of the processes of a service, picked at random; the cluster starts it again. */
  async function killOne(service: string): Promise<void> {
    const processes = listTree(platform.pid).filter(({ command }) => command.endsWith(`serve ${service}`));
    const victim = processes[Math.floor(Math.random() * processes.length)];
    if (!victim) throw new Error(`No process of ${service} runs`);
    process.kill(victim.pid, 'SIGKILL');
    await waitUntil(`${service} is missed`, async () => !(await isReady()), { seconds: 10, everyMs: 20 });
    await waitUntil(`${service} is back`, isReady, { seconds: 60, everyMs: 50 });
  }

  it(`takes every push in the end and keeps each whole, over ${victims.length} kills: ${[...new Set(victims)].join(', ')}`, async () => {
    const before = pushes.length;
    let over = false;
    const running = Array.from({ length: PUSHERS }, (_, index) =>
      pushInALoop('each', index, async (http, push) => {
        await pushPatiently(http, push);
        return !over;
      }),
    );
    try {
      for (const victim of victims) {
        await new Promise((resolve) => setTimeout(resolve, 500 + Math.random() * 1000));
        backAt = Infinity;
        await (victim === 'database' ? killDatabase() : killOne(victim));
        backAt = Date.now();
      }
    } finally {
      over = true;
      backAt = Date.now();
      await Promise.all(running);
    }
    const made = pushes.slice(before);
    process.stderr.write(
      `${victims.length} kills: ${made.length} pushes, ${failures} attempts at them failed\n`,
    );
    expect(failures).toBeGreaterThan(0);
    const refused = made.filter(({ acknowledged }) => !acknowledged);
    expect(refused.map(({ name, tag }) => `${name}:${tag}`)).toEqual([]);
    expect(await findFaults(made)).toEqual([]);
  });
}
