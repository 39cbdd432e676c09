import { Injectable } from '@nestjs/common';
import {
  Callers,
  RequestLimits,
  requireSignedIn,
  requireWholeAccount,
  SecondFactor,
  Settings,
  type Caller,
  type SignedInCaller,
} from '@packhouse/gateway-kit';
import { PublicUrl, type Received } from '@packhouse/http';
import { DomainError, isDomainError } from '@packhouse/kernel';
import type { FastifyRequest } from 'fastify';
import { npmFormat } from './npm.format';
import { npmSettings } from './npm.settings';

/** Who calls this gateway, second factor included, in npm's terms. */
@Injectable()
export class NpmCallers {
  private readonly needsSignIn: boolean;

  constructor(
    private readonly callers: Callers,
    private readonly limits: RequestLimits,
    private readonly secondFactor: SecondFactor,
    private readonly publicUrl: PublicUrl,
    settings: Settings,
  ) {
    this.needsSignIn = !settings.of(npmSettings).anonymousReads;
  }

  /** The caller of a read: anonymous where the settings allow it. */
  async forRead(request: FastifyRequest): Promise<Caller> {
    const caller = await this.identify(request);
    if (this.needsSignIn && !caller.principal)
      throw new DomainError(
        'unauthenticated',
        'This registry asks everybody to sign in: configure an access token.',
      );
    return caller;
  }

  /** The same, if it is known without asking. */
  recall(request: Received): Caller | null {
    const caller = this.callers.recall(request);
    if (!caller || (this.needsSignIn && !caller.principal)) return null;
    return this.limits.admitNow(request.raw, caller) ? caller : null;
  }

  async signedIn(request: FastifyRequest): Promise<SignedInCaller> {
    return requireSignedIn(await this.identify(request));
  }

  /** The caller of a change; a one-time password is asked for as the account wants it. */
  async forChange(request: FastifyRequest, kind: 'write' | 'account' = 'write'): Promise<SignedInCaller> {
    const caller = await this.signedIn(request);
    if (kind === 'account') requireWholeAccount(caller.principal);
    const otp = request.headers['npm-otp'];
    try {
      await this.secondFactor.confirm(request, caller, kind, typeof otp === 'string' ? otp : undefined);
    } catch (error) {
      if (!isDomainError(error, 'otp_required')) throw error;
      const doneUrl = this.doneUrl(request, String(error.details['pollSecret']));
      throw new DomainError('otp_required', error.message, { authUrl: error.details['authUrl'], doneUrl });
    }
    return caller;
  }

  private identify(request: FastifyRequest): Promise<Caller> {
    return this.limits.admit(request, this.callers.identify(request));
  }

  /** Base of this registry as the caller reaches it: what tarball URLs begin with. */
  baseFor(request: Received): string {
    return this.publicUrl.mountFor(request, npmFormat.mount, npmFormat.id);
  }

  /** Where a client asks whether the person in the browser is done (A5.1). */
  doneUrl(request: FastifyRequest, pollSecret: string): string {
    return `${this.baseFor(request)}/-/v1/done/${encodeURIComponent(pollSecret)}`;
  }
}
