import { Injectable } from '@nestjs/common';
import { authContract, type AuthClient } from '@packhouse/contracts';
import { PublicUrl } from '@packhouse/http';
import { DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import type { FastifyRequest } from 'fastify';
import type { SignedInCaller } from './caller';

/** Where a browser confirms, and the secret with which the client asks whether it has. */
export interface BrowserConfirmation {
  readonly authUrl: string;
  readonly pollSecret: string;
}

/** Asks for a one-time password where the account wants one. */
@Injectable()
export class SecondFactor {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly publicUrl: PublicUrl,
  ) {}

  /**
   * Resolves when the account asks for nothing or `otp` is right. Otherwise rejects `otp_required`; its details hold a
   * {@link BrowserConfirmation} for clients that can open a browser.
   */
  async confirm(
    request: FastifyRequest,
    caller: SignedInCaller,
    kind: 'write' | 'account',
    otp: string | undefined,
  ): Promise<void> {
    const { principal } = caller;
    const asked = principal.twoFactor === 'writes' || (principal.twoFactor === 'auth' && kind === 'account');
    if (!asked) return;
    if (otp) {
      const isRight = await this.auth.verifyOtp({ accountId: principal.accountId, otp }).then(
        () => true,
        (error: unknown) => {
          if (error instanceof DomainError && error.code === 'otp_required') return false;
          throw error;
        },
      );
      if (isRight) return;
    }
    throw new DomainError(
      'otp_required',
      otp ? 'The one-time password is wrong or was used before.' : undefined,
      {
        ...(await this.startConfirmation(request, caller)),
      },
    );
  }

  private async startConfirmation(
    request: FastifyRequest,
    caller: SignedInCaller,
  ): Promise<BrowserConfirmation> {
    const { loginId, pollSecret } = await this.auth.startWebLogin({
      purpose: 'otp',
      accountId: caller.principal.accountId,
      address: caller.address,
      userAgent: (request.headers['user-agent'] ?? '').slice(0, 500),
    });
    return { authUrl: `${this.publicUrl.baseFor(request)}/login/confirm/${loginId}`, pollSecret };
  }
}
