import type { IncomingMessage } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { Settings } from '@packhouse/config';
import { SHARED_COUNTERS, type SharedCounters } from '@packhouse/counters';
import { PublicUrl } from '@packhouse/http';
import { DomainError, isDomainError, SECOND } from '@packhouse/kernel';
import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { nameOfSubject, RateLimit, secondsUntil, type RateState, type RateSubject } from './rate-limit';

/**
 * How often one caller may ask the gateways of an instance, all formats together; off unless the settings say otherwise.
 * Each gateway passes its callers through here as soon as it knows them, before it asks for rights. Changes of who signed
 * in are counted and never refused: clients do not repeat a request that has a body, and a push that is cut off has sent
 * its layers in vain. Where people sign in, and where clients learn how to, nothing is counted: who is told to wait must
 * get in afterwards, and clients do not wait there.
 */
@Injectable()
export class RequestLimits {
  /** Null: nobody is counted. */
  private readonly limit: RateLimit | null;
  private readonly isLimited: { readonly signedIn: boolean; readonly address: boolean };
  private readonly windowSeconds: number;
  /** Gateways identify a caller more than once, and reads that memory cannot answer after all go to the router. */
  private readonly counted = new WeakSet<IncomingMessage>();
  /** Who is beyond the limit stays so until its window ends: a flood costs no count, and no question to other processes. */
  private readonly exceeded = new LRUCache<string, RateState>({ max: 10_000 });

  constructor(
    @Inject(SHARED_COUNTERS) counters: SharedCounters,
    private readonly publicUrl: PublicUrl,
    settings: Settings,
  ) {
    const { signedIn, address, windowSeconds } = settings.values.gatewayRateLimit;
    this.isLimited = { signedIn: signedIn > 0, address: address > 0 };
    this.windowSeconds = windowSeconds;
    const rules = { signedIn, address, windowMs: windowSeconds * SECOND };
    this.limit = signedIn > 0 || address > 0 ? new RateLimit(counters, 'gateway', rules) : null;
  }

  /**
   * Counts a request once its caller is known, and gives the caller. Rejects `rate_limited` with the seconds to wait.
   * `isChange`: whether it is part of a change; default: whether its method says so.
   */
  admit<C extends RateSubject>(
    request: FastifyRequest,
    identified: Promise<C>,
    isChange = request.method !== 'GET' && request.method !== 'HEAD',
  ): Promise<C> {
    return this.limit ? this.admitCounted(this.limit, request, identified, isChange) : identified;
  }

  /** The same for a read that is to be answered without waiting. False: it has to be admitted the ordinary way. */
  admitNow(request: IncomingMessage, subject: RateSubject): boolean {
    if (!this.limit || this.isFree(subject)) return true;
    if (this.findExceeded(this.limit.keyOf(subject))) return false;
    const state = this.limit.takeNow(subject);
    if (!state) return false;
    // The ordinary way finds it there, and says so.
    if (state.exceeded) this.exceeded.set(this.limit.keyOf(subject), state);
    else this.counted.add(request);
    return !state.exceeded;
  }

  private async admitCounted<C extends RateSubject>(
    limit: RateLimit,
    request: FastifyRequest,
    identified: Promise<C>,
    isChange: boolean,
  ): Promise<C> {
    try {
      const caller = await identified;
      await this.count(limit, request, caller, isChange && caller.principal !== null);
      return caller;
    } catch (error) {
      // Guessing is not free, whatever it was that was guessed.
      if (isDomainError(error, 'credentials_invalid'))
        await this.count(limit, request, { principal: null, address: this.publicUrl.addressOf(request) });
      throw error;
    }
  }

  private async count(
    limit: RateLimit,
    { raw }: FastifyRequest,
    subject: RateSubject,
    isChange = false,
  ): Promise<void> {
    if (this.isFree(subject) || this.counted.has(raw)) return;
    this.counted.add(raw);
    const key = limit.keyOf(subject);
    const state = this.findExceeded(key) ?? (await limit.take(subject));
    if (!state.exceeded) return;
    this.exceeded.set(key, state);
    if (!isChange) throw this.refusal(state, subject);
  }

  private isFree({ principal }: RateSubject): boolean {
    return principal ? !this.isLimited.signedIn : !this.isLimited.address;
  }

  private findExceeded(key: string): RateState | null {
    const state = this.exceeded.get(key);
    return state && state.reset * SECOND > Date.now() ? state : null;
  }

  private refusal(state: RateState, subject: RateSubject): DomainError {
    const who = nameOfSubject(subject);
    const advice = subject.principal ? '' : ' Who signs in is counted alone.';
    const retryAfterSeconds = secondsUntil(state);
    return new DomainError(
      'rate_limited',
      `Too many requests of ${who}: more than ${state.limit} in ${this.windowSeconds} s. Try again in ${Math.ceil(retryAfterSeconds)} s.${advice}`,
      { retryAfterSeconds },
    );
  }
}
