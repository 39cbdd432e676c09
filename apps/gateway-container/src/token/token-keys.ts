import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { authContract, type AuthClient } from '@packhouse/contracts';
import { InjectClient, Settings } from '@packhouse/gateway-kit';
import { DAY, HOUR } from '@packhouse/kernel';
import { tokenSettings } from './token-settings';

export interface TokenKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** A period's keys are good so much before and after it: clocks differ, and tokens live on. */
const OVERLAP_MS = 2 * HOUR;

/**
 * The keys that sign tokens: each for a period of days, after which the next one does. Which period it is follows from
 * the clock, and its key is made by whoever needs it first and kept as a secret: all replicas have the same without a
 * word between them. The name of a key is that of its period, so that only keys that are due now are ever looked for.
 */
@Injectable()
export class TokenKeys {
  private readonly known = new Map<string, Promise<TokenKey>>();
  private readonly periodMs: number;
  private readonly days: number;

  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    settings: Settings,
  ) {
    this.days = settings.of(tokenSettings).keyDays;
    this.periodMs = this.days * DAY;
  }

  /** The key that signs now. */
  current(): Promise<TokenKey> {
    return this.load(this.kidOf(Date.now()));
  }

  /** The key of this name if it is one of ours and due: null for all others, without asking anybody. */
  find(kid: string): Promise<TokenKey> | null {
    return this.dueKids().includes(kid) ? this.load(kid) : null;
  }

  /** The public halves, as a JSON Web Key Set. */
  async publicKeys(): Promise<{ keys: object[] }> {
    const keys = await Promise.all(this.dueKids().map((kid) => this.load(kid)));
    return {
      keys: keys.map(({ kid, publicKey }) => ({
        ...publicKey.export({ format: 'jwk' }),
        ...{ kid, alg: 'ES256', use: 'sig' },
      })),
    };
  }

  private kidOf(time: number): string {
    return `${this.days}d-${Math.floor(time / this.periodMs)}`;
  }

  private dueKids(): string[] {
    const now = Date.now();
    return [...new Set([now, now - OVERLAP_MS, now + OVERLAP_MS].map((time) => this.kidOf(time)))];
  }

  private load(kid: string): Promise<TokenKey> {
    const known = this.known.get(kid);
    if (known) return known;
    const loading = this.read(kid).catch((error: unknown) => {
      this.known.delete(kid);
      throw error;
    });
    this.known.set(kid, loading);
    this.dropOld();
    return loading;
  }

  private async read(kid: string): Promise<TokenKey> {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const candidate = String(privateKey.export({ format: 'pem', type: 'pkcs8' }));
    const { value } = await this.auth.keepSecret({ name: `registry-token-key/${kid}`, candidate });
    const kept = createPrivateKey(value);
    return { kid, privateKey: kept, publicKey: createPublicKey(kept) };
  }

  private dropOld(): void {
    const due = this.dueKids();
    for (const kid of this.known.keys()) if (!due.includes(kid)) this.known.delete(kid);
  }
}
