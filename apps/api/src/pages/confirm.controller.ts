import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import { authContract, type AuthClient } from '@packhouse/contracts';
import { PublicUrl, readBody } from '@packhouse/http';
import { DomainError, isDomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { html, pageHeaders, renderPage, type Html } from './html';

/** The page on which a person confirms what a command line client began: a sign-in, or a second factor. */
@Controller('login/confirm')
export class ConfirmController {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly publicUrl: PublicUrl,
  ) {}

  @Get(':loginId')
  async show(@Param('loginId') loginId: string, @Res() reply: FastifyReply): Promise<void> {
    try {
      send(reply, 200, 'Confirm sign-in', await this.form(loginId, null));
    } catch (error) {
      if (!isDomainError(error)) throw error;
      send(
        reply,
        error.status,
        'This link is not valid',
        html`<p>It was used already or has expired. Run the command again.</p>`,
      );
    }
  }

  /** The form carries the credentials themselves, so no cookie can be abused to send it from elsewhere. */
  @Post(':loginId')
  async answer(
    @Req() request: FastifyRequest,
    @Param('loginId') loginId: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const fields = new URLSearchParams((await readBody(request, 10_000)).toString('utf8'));
    const approve = fields.get('answer') === 'approve';
    try {
      await this.auth.answerWebLogin({
        loginId,
        approve,
        login: (fields.get('login') ?? '').slice(0, 200),
        password: (fields.get('password') ?? '').slice(0, 1000),
        otp: fields.get('otp')?.trim().slice(0, 100) || null,
        address: this.publicUrl.addressOf(request),
      });
      const message = approve
        ? 'Done. You can close this page and go back to the command line.'
        : 'Denied. Nobody was signed in.';
      send(reply, 200, approve ? 'Confirmed' : 'Denied', html`<p>${message}</p>`);
    } catch (error) {
      if (!(error instanceof DomainError) || error.status >= 500) throw error;
      send(reply, error.status, 'Confirm sign-in', await this.form(loginId, error.message));
    }
  }

  private async form(loginId: string, fault: string | null): Promise<Html> {
    const login = await this.auth.describeWebLogin({ loginId });
    if (login.state !== 'pending') return html`<p>This request was answered already.</p>`;
    const what =
      login.purpose === 'login'
        ? 'A command line client asks to sign in with your account.'
        : `A change by ${login.login ?? 'your account'} waits for your second factor.`;
    return html`<p>${what} Approve only if you have just started it yourself.</p>
      <dl>
        <dt>Address</dt>
        <dd>${login.address}</dd>
        <dt>Client</dt>
        <dd>${login.userAgent || 'unknown'}</dd>
        <dt>Code</dt>
        <dd><code>${login.confirmCode}</code></dd>
      </dl>
      ${fault === null ? '' : html`<p class="fault" role="alert">${fault}</p>`}
      <form method="post" autocomplete="on">
        <label for="login">User name</label
        ><input id="login" name="login" value="${login.login ?? ''}" autocomplete="username" required />
        <label for="password">Password</label
        ><input id="password" name="password" type="password" autocomplete="current-password" required />
        <label for="otp">One-time password, if your account has one</label
        ><input id="otp" name="otp" inputmode="numeric" autocomplete="one-time-code" />
        <button name="answer" value="approve">Approve</button
        ><button name="answer" value="deny" formnovalidate>Deny</button>
      </form>`;
  }
}

function send(reply: FastifyReply, status: number, title: string, content: Html): void {
  void reply.status(status).headers(pageHeaders).send(renderPage(title, content));
}
