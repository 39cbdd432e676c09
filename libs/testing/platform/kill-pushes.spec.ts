import { randomBytes } from 'node:crypto';
import {
  buildImage,
  buildLayer,
  OciHttp,
  PlatformApi,
  pullImage,
  pushImage,
  removeTemporaryFolders,
  startPlatform,
  type RunningPlatform,
} from '../src';

/** How often the process group is killed; a cycle takes about three seconds. */
const KILLS = Number(process.env.PACKHOUSE_TEST_KILLS ?? 12);
const PUSHERS = 4;
const password = 'a-long-enough-password';

jest.setTimeout(KILLS * 30_000 + 300_000);

interface Push {
  readonly name: string;
  readonly tag: string;
  readonly digest: string;
  acknowledged: boolean;
}

describe('57: a registry of images that is killed again and again', () => {
  let platform: RunningPlatform;
  let secret: string;
  const pushes: Push[] = [];

  beforeAll(async () => {
    platform = await startPlatform({ mode: 'embedded' });
    await platform.api.createUser('alice', password);
    secret = (await PlatformApi.withPassword(platform.url, 'alice', password).createToken()).token;
  });

  afterAll(async () => {
    await platform?.stop();
    removeTemporaryFolders();
  });

  const open = () => new OciHttp(platform.url, { login: 'alice', secret });

  /** Pushes until the server is gone; two pushers share an image and the tag, so that they contend for it. */
  async function pushInALoop(cycle: number, index: number, isOver: () => boolean): Promise<Push[]> {
    const made: Push[] = [];
    const http = open();
    const name = `alice/cycle-${cycle}-${Math.max(index, 1)}`;
    const base = await buildLayer({ base: randomBytes(30_000) });
    for (let count = 0; !isOver(); count += 1) {
      const layers = [base, await buildLayer({ [`layer-${index}-${count}`]: randomBytes(5000) })];
      const image = buildImage({ layers });
      const push: Push = {
        name,
        tag: `t${index}-${count}`,
        digest: image.manifest.digest,
        acknowledged: false,
      };
      made.push(push);
      try {
        await pushImage(http, name, image, push.tag);
        push.acknowledged = true;
      } catch {
        return made; // the server is gone
      }
    }
    return made;
  }

  /** What is wrong with these pushes; a manifest that is visible is whole, acknowledged or not. */
  async function findFaults(some: readonly Push[]): Promise<string[]> {
    const http = open();
    const faults: string[] = [];
    for (const { name, tag, digest, acknowledged } of some) {
      const head = await http.send('HEAD', `/v2/${name}/manifests/${tag}`, { headers: { accept: '*/*' } });
      if (head.status !== 200) {
        if (acknowledged) faults.push(`${name}:${tag} was acknowledged and answers ${head.status}`);
        continue;
      }
      if (head.headers['docker-content-digest'] !== digest) faults.push(`${name}:${tag} is another image`);
      await pullImage(http, name, tag).catch((error: unknown) =>
        faults.push(`${name}:${tag} ${String(error)}`),
      );
    }
    return faults;
  }

  it(`keeps every acknowledged push whole and shows no half of one, ${KILLS} times`, async () => {
    for (let cycle = 0; cycle < KILLS; cycle += 1) {
      let over = false;
      const running = Array.from({ length: PUSHERS }, (_, index) => pushInALoop(cycle, index, () => over));
      await new Promise((resolve) => setTimeout(resolve, 200 + Math.random() * 1300));
      await platform.kill();
      over = true;
      const made = (await Promise.all(running)).flat();
      pushes.push(...made);
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
});
