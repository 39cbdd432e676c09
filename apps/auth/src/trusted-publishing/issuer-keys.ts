import { Injectable } from '@nestjs/common';
import { Settings } from '@packhouse/config';
import { DAY, DomainError, HOUR, SECOND, type Clock } from '@packhouse/kernel';
import { createLocalJWKSet, errors, type JWTVerifyGetKey } from 'jose';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { InjectClock } from '../clock';
import { fetchJson } from './fetch-json';

/** Keys are fetched again after this, or sooner for a key that is not among them. */
const freshMs = HOUR;
/** When the issuer cannot be reached, the keys of before serve this long. */
const staleMs = DAY;
/** However many tokens come with unknown keys, the issuer is asked at most this often. */
const pauseMs = 30 * SECOND;

const discovery = z.object({ issuer: z.string(), jwks_uri: z.string() });
const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(200) });

interface Known {
  readonly keys: JWTVerifyGetKey | null;
  readonly fetchedAt: number;
  readonly triedAt: number;
  /** Why the last attempt failed. */
  readonly fault: string | null;
}

/** The public keys of issuers: fetched when first needed, kept, and fetched again as they rotate. Ask for registered issuers only. */
@Injectable()
export class IssuerKeys {
  private readonly known = new LRUCache<string, Known>({ max: 1000 });
  private readonly running = new Map<string, Promise<Known>>();

  constructor(
    private readonly settings: Settings,
    @InjectClock() private readonly clock: Clock,
  ) {}

  /** How `jose` finds the key of a token of this issuer. */
  keysOf(issuer: string): JWTVerifyGetKey {
    return async (header, token) => {
      const keys = await this.get(issuer, freshMs);
      try {
        return await keys(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
        const newer = await this.get(issuer, pauseMs);
        if (newer === keys) throw error;
        return newer(header, token);
      }
    };
  }

  /** Keys that are not older than `maxAgeMs`, as far as the issuer can be asked. @throws DomainError `credentials_invalid`. */
  private async get(issuer: string, maxAgeMs: number): Promise<JWTVerifyGetKey> {
    const now = this.clock.now().getTime();
    let known = this.known.get(issuer);
    const isOld = !known || now - known.fetchedAt >= maxAgeMs;
    if (isOld && (!known || now - known.triedAt >= pauseMs)) known = await this.refresh(issuer, now, known);
    if (known?.keys && now - known.fetchedAt < staleMs) return known.keys;
    throw new DomainError(
      'credentials_invalid',
      `The keys of the issuer ${issuer} cannot be read: ${known?.fault ?? 'they are too old'}.`,
    );
  }

  /** One request at a time for each issuer. */
  private refresh(issuer: string, now: number, before: Known | undefined): Promise<Known> {
    const running = this.running.get(issuer);
    if (running) return running;
    const started = this.fetch(issuer)
      .then(
        (keys): Known => ({ keys, fetchedAt: now, triedAt: now, fault: null }),
        (error: Error): Known => ({
          ...{ keys: before?.keys ?? null, fetchedAt: before?.fetchedAt ?? 0 },
          ...{ triedAt: now, fault: error.message },
        }),
      )
      .then((known) => {
        this.known.set(issuer, known);
        return known;
      })
      .finally(() => this.running.delete(issuer));
    this.running.set(issuer, started);
    return started;
  }

  /** OpenID Connect Discovery 1.0, section 4. */
  private async fetch(issuer: string): Promise<JWTVerifyGetKey> {
    const { privateIssuers } = this.settings.values.credentials;
    const address = `${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`;
    const described = discovery.safeParse(await fetchJson(address, privateIssuers));
    if (!described.success) throw new Error('its description names no keys');
    if (described.data.issuer !== issuer) throw new Error('its description is that of another issuer');
    const keys = keySet.safeParse(await fetchJson(described.data.jwks_uri, privateIssuers));
    if (!keys.success) throw new Error('what it calls its keys are none');
    return createLocalJWKSet(keys.data);
  }
}
