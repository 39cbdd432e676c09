import type { AuthClient } from '@packhouse/contracts';
import { Settings } from '@packhouse/gateway-kit';
import { DAY, HOUR, MINUTE } from '@packhouse/kernel';
import { TokenKeys } from './token-keys';
import { tokenSettings } from './token-settings';

const start = 1000 * 30 * DAY;

/** What the permission service keeps: who comes first decides. */
class KeptSecrets {
  readonly values = new Map<string, string>();
  asked = 0;

  replica(days = '30'): TokenKeys {
    const keepSecret: AuthClient['keepSecret'] = ({ name, candidate }) => {
      this.asked += 1;
      if (!this.values.has(name)) this.values.set(name, candidate);
      return Promise.resolve({ value: this.values.get(name)! });
    };
    const settings = Settings.load({ PACKHOUSE_REGISTRY_TOKEN_KEY_DAYS: days }, [tokenSettings]);
    return new TokenKeys({ keepSecret } as AuthClient, settings);
  }
}

const publicOf = async (keys: TokenKeys): Promise<unknown[]> => (await keys.publicKeys()).keys;

describe('the keys of tokens', () => {
  beforeEach(() => {
    jest.useFakeTimers({ now: start + DAY, doNotFake: ['nextTick', 'setImmediate'] });
  });
  afterEach(() => jest.useRealTimers());

  it('are the same on every replica, whoever needs one first', async () => {
    const kept = new KeptSecrets();
    const replicas = [kept.replica(), kept.replica(), kept.replica()];
    const keys = await Promise.all(replicas.map((replica) => replica.current()));
    const [first] = keys;
    for (const { kid, publicKey } of keys) {
      expect(kid).toBe(first!.kid);
      expect(publicKey.equals(first!.publicKey)).toBe(true);
    }
    expect(kept.values.size).toBe(1);
  });

  it('are others in the next period, and those before are good for as long as their tokens live', async () => {
    const kept = new KeptSecrets();
    const keys = kept.replica();
    const old = await keys.current();
    jest.setSystemTime(start + 30 * DAY + MINUTE);
    const next = await keys.current();
    expect(next.kid).not.toBe(old.kid);
    expect(next.publicKey.equals(old.publicKey)).toBe(false);
    expect(await keys.find(old.kid)).toMatchObject({ kid: old.kid });
    expect(await publicOf(keys)).toHaveLength(2);
    jest.setSystemTime(start + 31 * DAY);
    expect(keys.find(old.kid)).toBeNull();
    expect(await publicOf(keys)).toHaveLength(1);
  });

  it('are shown before they sign, and known to a replica whose clock is behind', async () => {
    const kept = new KeptSecrets();
    const [ahead, behind] = [kept.replica(), kept.replica()];
    jest.setSystemTime(start + 30 * DAY + MINUTE);
    const next = await ahead.current();
    jest.setSystemTime(start + 30 * DAY - MINUTE);
    expect((await behind.find(next.kid))?.publicKey.equals(next.publicKey)).toBe(true);
    expect(await publicOf(behind)).toContainEqual(expect.objectContaining({ kid: next.kid }));
    jest.setSystemTime(start + 30 * DAY - 3 * HOUR);
    expect(behind.find(next.kid)).toBeNull();
  });

  it('are never looked for by names that somebody made up', () => {
    const kept = new KeptSecrets();
    const keys = kept.replica();
    for (const kid of ['', '30d-', '30d-999', '29d-1000', '../x', '30d-1000 ', '__proto__'])
      expect(keys.find(kid)).toBeNull();
    expect(kept.asked).toBe(0);
  });

  it('are asked for once, and again after a failure', async () => {
    const kept = new KeptSecrets();
    const keys = kept.replica();
    await Promise.all([keys.current(), keys.current(), keys.publicKeys()]);
    expect(kept.asked).toBe(1);
    let fails = true;
    const good = kept.replica();
    const failing = new TokenKeys(
      {
        keepSecret: () =>
          fails
            ? Promise.reject(new Error('away'))
            : Promise.resolve({ value: [...kept.values.values()][0]! }),
      } as unknown as AuthClient,
      Settings.load({}, [tokenSettings]),
    );
    await expect(failing.current()).rejects.toThrow('away');
    fails = false;
    expect((await failing.current()).publicKey.equals((await good.current()).publicKey)).toBe(true);
  });
});
