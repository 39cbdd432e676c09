import { Inject, Injectable } from '@nestjs/common';
import { Settings } from '@packhouse/config';
import { SHARED_COUNTERS, type SharedCounters } from '@packhouse/counters';
import {
  nameOfSubject,
  RateLimit,
  secondsUntil,
  type RateState as CountState,
  type RateSubject,
} from '@packhouse/gateway-kit';
import { DomainError, SECOND } from '@packhouse/kernel';
import { rateLimitSettings } from './rate-limit-settings';

export type { RateSubject } from '@packhouse/gateway-kit';

/** GitHub's word for what is counted together. */
export type RateResource = 'core' | 'graphql';

/** How far a caller is from its limit. */
export interface RateState extends CountState {
  readonly resource: RateResource;
}

/** Counts calls of the management APIs. */
@Injectable()
export class RateLimits {
  /** Null: there are no limits. */
  private readonly limits: Readonly<Record<RateResource, RateLimit>> | null;

  constructor(@Inject(SHARED_COUNTERS) counters: SharedCounters, @Inject(Settings) settings: Settings) {
    const { enabled, windowSeconds, ...rules } = settings.of(rateLimitSettings);
    const limitOf = (resource: RateResource) =>
      new RateLimit(counters, resource, { ...rules, windowMs: windowSeconds * SECOND });
    this.limits = enabled ? { core: limitOf('core'), graphql: limitOf('graphql') } : null;
  }

  /** Counts a call (or gives one back, with a negative cost). Null: there are no limits. Does not reject by itself. */
  async take(subject: RateSubject, resource: RateResource = 'core', cost = 1): Promise<RateState | null> {
    return this.limits && { ...(await this.limits[resource].take(subject, cost)), resource };
  }

  /** Looks without counting. */
  async look(subject: RateSubject, resource: RateResource = 'core'): Promise<RateState | null> {
    return this.limits && { ...(await this.limits[resource].look(subject)), resource };
  }
}

/** Rejects `rate_limited` with the time to wait when the limit is passed. */
export function refuseExceeded(state: RateState | null, subject: RateSubject): void {
  if (!state?.exceeded) return;
  throw new DomainError(
    'rate_limited',
    `API rate limit exceeded for ${nameOfSubject(subject)}: ${state.limit} calls in the time until x-ratelimit-reset. Wait, or ask an administrator to raise the limit.`,
    { retryAfterSeconds: secondsUntil(state) },
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
