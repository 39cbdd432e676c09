import { isIPv6 } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import { Settings } from '@packhouse/config';
import { SHARED_COUNTERS, type SharedCounters } from '@packhouse/counters';
import type { Caller } from '@packhouse/gateway-kit';
import { DomainError, SECOND } from '@packhouse/kernel';
import { rateLimitSettings } from './rate-limit-settings';

/** GitHub's word for what is counted together. */
export type RateResource = 'core' | 'graphql';

/** How far a caller is from its limit. */
export interface RateState {
  readonly resource: RateResource;
  readonly limit: number;
  readonly used: number;
  /** Seconds since 1970. */
  readonly reset: number;
  readonly exceeded: boolean;
}

/** Whom a call counts against: its token, its account where it came with a password, or else its address. */
export type RateSubject = Pick<Caller, 'principal' | 'address'>;

/** Counts calls of the management APIs, over all replicas; how exactly is said by SharedCounters. */
@Injectable()
export class RateLimits {
  private readonly enabled: boolean;
  private readonly windowMs: number;

  constructor(
    @Inject(SHARED_COUNTERS) private readonly counters: SharedCounters,
    @Inject(Settings) private readonly settings: Settings,
  ) {
    const { enabled, windowSeconds } = settings.of(rateLimitSettings);
    this.enabled = enabled;
    this.windowMs = windowSeconds * SECOND;
  }

  /** Counts a call (or gives one back, with a negative cost). Null: there are no limits. Does not reject by itself. */
  take(subject: RateSubject, resource: RateResource = 'core', cost = 1): Promise<RateState | null> {
    return this.ask(subject, resource, (key, rules) => this.counters.add(key, cost, rules));
  }

  /** Looks without counting. */
  look(subject: RateSubject, resource: RateResource = 'core'): Promise<RateState | null> {
    return this.ask(subject, resource, (key, rules) => this.counters.read(key, rules));
  }

  private async ask(
    { principal, address }: RateSubject,
    resource: RateResource,
    count: SharedCounters['read'],
  ): Promise<RateState | null> {
    if (!this.enabled) return null;
    const settings = this.settings.of(rateLimitSettings);
    const limit = principal ? settings.signedIn : settings.address;
    const who = principal
      ? principal.tokenId
        ? `token:${principal.tokenId}`
        : `account:${principal.accountId}`
      : `address:${networkOf(address)}`;
    const { count: counted, resetsAt } = await count(`${resource}:${who}`, {
      limit,
      windowMs: this.windowMs,
    });
    return {
      resource,
      limit,
      used: Math.min(counted, limit),
      reset: Math.ceil(resetsAt / SECOND),
      exceeded: counted > limit,
    };
  }
}

/** Rejects `rate_limited` with the time to wait when the limit is passed. */
export function refuseExceeded(state: RateState | null, { principal, address }: RateSubject): void {
  if (!state?.exceeded) return;
  const who = principal ? `account ${principal.login}` : address;
  throw new DomainError(
    'rate_limited',
    `API rate limit exceeded for ${who}: ${state.limit} calls in the time until x-ratelimit-reset. Wait, or ask an administrator to raise the limit.`,
    { retryAfterSeconds: Math.max(1, state.reset - Date.now() / SECOND) },
  );
}

/** GitHub's headers. */
export function rateHeaders(state: RateState | null): Record<string, string> {
  if (!state) return {};
  const { limit, used, reset, resource } = state;
  return {
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(limit - used),
    'x-ratelimit-used': String(used),
    'x-ratelimit-reset': String(reset),
    'x-ratelimit-resource': resource,
  };
}

/** People at home have a whole /64 to call from. */
function networkOf(address: string): string {
  return isIPv6(address) ? expandGroups(address).slice(0, 4).join(':') : address;
}

function expandGroups(address: string): string[] {
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail ? tail.split(':') : [];
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  return [...left, ...Array.from({ length: zeros }, () => '0'), ...right].map((group) =>
    group.replace(/^0+(?=.)/, '').toLowerCase(),
  );
}
