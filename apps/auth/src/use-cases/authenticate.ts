import { Injectable } from '@nestjs/common';
import type { Principal } from '@packhouse/contracts';
import { DomainError, hashToken, looksLikeToken } from '@packhouse/kernel';
import { IssuedCredentials } from '../facts/issued-credentials';
import { Principals } from '../facts/principals';
import { Sessions } from '../facts/sessions';
import type { Answer, Ask } from '../messages';
import { PasswordCheck } from '../secrets/password-check';

/** Who sends this credential? For every request; when warm nothing is read or written. */
@Injectable()
export class Authenticate {
  constructor(
    private readonly principals: Principals,
    private readonly sessions: Sessions,
    private readonly issued: IssuedCredentials,
    private readonly passwords: PasswordCheck,
  ) {}

  async run({ credential }: Ask<'authenticate'>): Promise<Answer<'authenticate'>> {
    if (credential.kind === 'token')
      return { principal: await this.principals.getByTokenHash(credential.hash) };
    if (credential.kind === 'session') return { principal: await this.sessions.getByHash(credential.hash) };
    if (credential.kind === 'issued') {
      const principal = await this.issued.getPrincipal(credential);
      if (credential.tokenHash === null) refuseBarePassword(principal);
      return { principal };
    }
    // Clients that know Basic only send the token as the password, with any user name (spec ).
    if (looksLikeToken(credential.password)) {
      return { principal: await this.principals.getByTokenHash(hashToken(credential.password)) };
    }
    const { principal, passwordMark } = await this.passwords.prove(credential);
    refuseBarePassword(principal);
    return { principal, passwordMark };
  }
}

/** A password sent with a request comes without the second factor that this account asks for at sign-in. */
function refuseBarePassword(principal: Principal): void {
  if (principal.twoFactor === 'off') return;
  const sentence =
    'This account uses two-factor authentication: send an access token in place of the password, or sign in with a one-time password.';
  throw new DomainError('otp_required', sentence);
}
