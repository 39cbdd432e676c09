import { isIPv6 } from 'node:net';
import type { Count, SharedCounters } from '@packhouse/counters';
import { SECOND } from '@packhouse/kernel';
import type { Caller } from './caller';

/** Whom a call counts against: its token, its account where it came with a password, or else its address. */
export type RateSubject = Pick<Caller, 'principal' | 'address'>;

/** How far a caller is from its limit. */
export interface RateState {
  readonly limit: number;
  readonly used: number;
  /** Seconds since 1970. */
  readonly reset: number;
  readonly exceeded: boolean;
}

/** What one caller may do within a window. */
export interface RateRules {
  readonly signedIn: number;
  readonly address: number;
  readonly windowMs: number;
}

/** One limit, counted over all replicas; how exactly is said by SharedCounters. Does not reject by itself. */
export class RateLimit {
  /** `name` tells the counts of this limit from those of others. */
  constructor(
    private readonly counters: SharedCounters,
    private readonly name: string,
    private readonly rules: RateRules,
  ) {}

  /** Counts a call, or gives one back with a negative cost. */
  async take(subject: RateSubject, cost = 1): Promise<RateState> {
    const rules = this.rulesFor(subject);
    return stateOf(await this.counters.add(this.keyOf(subject), cost, rules), rules);
  }

  /** The same where nothing has to be asked; null: it was not counted. */
  takeNow(subject: RateSubject): RateState | null {
    const rules = this.rulesFor(subject);
    const count = this.counters.addNow(this.keyOf(subject), 1, rules);
    return count && stateOf(count, rules);
  }

  /** Looks without counting. */
  async look(subject: RateSubject): Promise<RateState> {
    const rules = this.rulesFor(subject);
    return stateOf(await this.counters.read(this.keyOf(subject), rules), rules);
  }

  /** The count of this caller, by name. */
  keyOf({ principal, address }: RateSubject): string {
    if (!principal) return `${this.name}:address:${networkOf(address)}`;
    const { tokenId, accountId } = principal;
    return tokenId ? `${this.name}:token:${tokenId}` : `${this.name}:account:${accountId}`;
  }

  private rulesFor({ principal }: RateSubject) {
    const { signedIn, address, windowMs } = this.rules;
    return { limit: principal ? signedIn : address, windowMs };
  }
}

function stateOf({ count, resetsAt }: Count, { limit }: { readonly limit: number }): RateState {
  const reset = Math.ceil(resetsAt / SECOND);
  return { limit, used: Math.min(count, limit), reset, exceeded: count > limit };
}

/** How a caller is told that it was counted. */
export function nameOfSubject({ principal, address }: RateSubject): string {
  return principal ? `account ${principal.login}` : address;
}

/** Until the count begins anew; a second at least, as the answer takes its time. */
export function secondsUntil({ reset }: RateState): number {
  return Math.max(1, reset - Date.now() / SECOND);
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
