import type { IncomingMessage } from 'node:http';
import { Settings } from '@packhouse/config';
import type { Principal } from '@packhouse/contracts';
import { MemoryCounters, type SharedCounters } from '@packhouse/counters';
import { PublicUrl } from '@packhouse/http';
import { DomainError } from '@packhouse/kernel';
import type { FastifyRequest } from 'fastify';
import type { RateSubject } from './rate-limit';
import { RequestLimits } from './request-limits';

const address = 'PACKHOUSE_GATEWAY_RATE_LIMIT_ADDRESS';
const signedIn = 'PACKHOUSE_GATEWAY_RATE_LIMIT_SIGNED_IN';

const from = (caller: string): RateSubject => ({ principal: null, address: caller });
const stranger = from('192.0.2.1');
const holderOf = (tokenId: string | null): RateSubject => ({
  principal: { accountId: 'a1', login: 'alice', tokenId } as Principal,
  address: stranger.address,
});

function requestOf(method = 'GET'): FastifyRequest {
  const raw = { socket: { remoteAddress: stranger.address } } as IncomingMessage;
  return { method, raw, headers: {} } as FastifyRequest;
}

/** Counters of this process that note which way they were asked. */
class WatchedCounters extends MemoryCounters {
  readonly asked: string[] = [];
  /** As counters over several processes do near a limit. */
  hasToAsk = false;

  override add(...call: Parameters<SharedCounters['add']>) {
    this.asked.push('add');
    return Promise.resolve(super.addNow(...call));
  }

  override addNow(...call: Parameters<SharedCounters['addNow']>) {
    this.asked.push('addNow');
    return this.hasToAsk ? (null as never) : super.addNow(...call);
  }
}

class Gateway {
  now = Date.now();
  readonly counters = new WatchedCounters(() => this.now);
  readonly limits: RequestLimits;

  constructor(env: Readonly<Record<string, string>>) {
    const settings = Settings.load(env);
    this.limits = new RequestLimits(this.counters, new PublicUrl(settings.values.server), settings);
  }

  /** What becomes of a request: `served`, or the code of its refusal. */
  ask(subject: RateSubject | DomainError, method = 'GET', isChange?: boolean): Promise<string> {
    const identified = subject instanceof DomainError ? Promise.reject(subject) : Promise.resolve(subject);
    return this.limits.admit(requestOf(method), identified, isChange).then(
      () => 'served',
      (error: DomainError) => error.code,
    );
  }

  async askTimes(times: number, subject: RateSubject, method = 'GET'): Promise<string[]> {
    const outcomes: string[] = [];
    for (let turn = 0; turn < times; turn += 1) outcomes.push(await this.ask(subject, method));
    return outcomes;
  }
}

describe('the limits of requests', () => {
  it('are off: the caller is given as it came, and nothing is counted', () => {
    const { limits, counters } = new Gateway({});
    const identified = Promise.resolve(stranger);
    expect(limits.admit(requestOf(), identified)).toBe(identified);
    expect(limits.admitNow(requestOf().raw, stranger)).toBe(true);
    expect(counters.asked).toEqual([]);
  });

  it('refuse an address beyond its own, tell how long, and serve other addresses and who signed in from there', async () => {
    const gateway = new Gateway({ [address]: '2' });
    expect(await gateway.askTimes(3, stranger)).toEqual(['served', 'served', 'rate_limited']);
    expect(await gateway.ask(from('192.0.2.2'))).toBe('served');
    expect(await gateway.askTimes(5, holderOf('t1'))).toEqual(Array(5).fill('served'));
    const refused = gateway.limits.admit(requestOf(), Promise.resolve(stranger));
    await expect(refused).rejects.toMatchObject({
      message: expect.stringMatching(/192\.0\.2\.1: more than 2 in 60 s\. Try again in \d+ s\./) as string,
      details: { retryAfterSeconds: expect.any(Number) as number },
    });
  });

  it('count each token, and an account by its password', async () => {
    const gateway = new Gateway({ [signedIn]: '1' });
    for (const subject of [holderOf('t1'), holderOf('t2'), holderOf(null)])
      expect(await gateway.askTimes(2, subject)).toEqual(['served', 'rate_limited']);
    expect(await gateway.askTimes(3, stranger)).toEqual(['served', 'served', 'served']);
  });

  it('count the network of an address of IPv6', async () => {
    const gateway = new Gateway({ [address]: '1' });
    expect(await gateway.ask(from('2001:db8:0:7::1'))).toBe('served');
    expect(await gateway.ask(from('2001:DB8::7:9:8:7:6'))).toBe('rate_limited');
    expect(await gateway.ask(from('2001:db8:0:8::1'))).toBe('served');
  });

  it('count a request once, however often its caller is asked for', async () => {
    const gateway = new Gateway({ [address]: '2' });
    const request = requestOf();
    expect(gateway.limits.admitNow(request.raw, stranger)).toBe(true);
    for (let turn = 0; turn < 3; turn += 1) await gateway.limits.admit(request, Promise.resolve(stranger));
    expect(await gateway.askTimes(2, stranger)).toEqual(['served', 'rate_limited']);
  });

  it('count changes, and refuse none of who signed in', async () => {
    const gateway = new Gateway({ [signedIn]: '2', [address]: '2' });
    const alice = holderOf('t1');
    for (const method of ['POST', 'PATCH', 'PUT', 'DELETE'])
      expect(await gateway.ask(alice, method)).toBe('served');
    expect(await gateway.ask(alice, 'GET')).toBe('rate_limited');
    expect(await gateway.ask(alice, 'GET', true)).toBe('served');
    expect(await gateway.askTimes(3, stranger, 'PUT')).toEqual(['served', 'served', 'rate_limited']);
  });

  it('count wrong credentials against their address, and no failure of ours', async () => {
    const gateway = new Gateway({ [address]: '2' });
    const [wrong, away] = [new DomainError('credentials_invalid'), new DomainError('unavailable')];
    for (let turn = 0; turn < 3; turn += 1) expect(await gateway.ask(away)).toBe('unavailable');
    expect([await gateway.ask(wrong), await gateway.ask(wrong)]).toEqual([wrong.code, wrong.code]);
    expect([await gateway.ask(wrong), await gateway.ask(stranger)]).toEqual(['rate_limited', 'rate_limited']);
  });

  it('answer a flood without counting on, and serve again when the window is over', async () => {
    const gateway = new Gateway({ [address]: '2', PACKHOUSE_GATEWAY_RATE_LIMIT_SECONDS: '3600' });
    await gateway.askTimes(3, stranger);
    const asked = gateway.counters.asked.length;
    expect(new Set(await gateway.askTimes(50, stranger))).toEqual(new Set(['rate_limited']));
    expect(gateway.limits.admitNow(requestOf().raw, stranger)).toBe(false);
    expect(gateway.counters.asked.length).toBe(asked);
    gateway.now += 3_601_000;
    jest.spyOn(Date, 'now').mockReturnValue(gateway.now);
    expect(await gateway.askTimes(3, stranger)).toEqual(['served', 'served', 'rate_limited']);
    jest.restoreAllMocks();
  });

  it('leave a warm read to the router where they have to ask, or to refuse', async () => {
    const gateway = new Gateway({ [address]: '2' });
    gateway.counters.hasToAsk = true;
    expect(gateway.limits.admitNow(requestOf().raw, stranger)).toBe(false);
    gateway.counters.hasToAsk = false;
    const reads = [1, 2, 3].map(() => gateway.limits.admitNow(requestOf().raw, stranger));
    expect(reads).toEqual([true, true, false]);
    expect(await gateway.ask(stranger)).toBe('rate_limited');
  });
});
