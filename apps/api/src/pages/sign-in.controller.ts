import { Controller, Get, Post, Query, Req, Res } from '@nestjs/common';
import { authContract, type AuthClient } from '@packhouse/contracts';
import {
  actorOf,
  Callers,
  csrfTokenOf,
  refuseForgedChange,
  requireOwnOrigin,
  type SignedInCaller,
} from '@packhouse/gateway-kit';
import { PublicUrl } from '@packhouse/http';
import { DomainError, isDomainError, sha256Hex } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { html, type Html } from './html';
import { readReturnPath } from './return-path';
import { readForm, sendPage, sendTo } from './send-page';
import { clearSessionCookie, setSessionCookie } from './session-cookie';

/** Signing in to the web interface and out of it. */
@Controller()
export class SignInController {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly callers: Callers,
    private readonly publicUrl: PublicUrl,
  ) {}

  @Get('login')
  async show(
    @Req() request: FastifyRequest,
    @Query('return_to') returnTo: unknown,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const path = readReturnPath(typeof returnTo === 'string' ? returnTo : null);
    const browser = await this.callers.identifyBrowser(request);
    if (browser) return sendTo(reply, this.publicUrl.baseFor(request), path);
    sendPage(reply, 200, 'Sign in', signInForm(path));
  }

  /** From our own page only: else somebody could sign a visitor in as himself, and see what the visitor then does. */
  @Post('login')
  async signIn(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const base = this.publicUrl.baseFor(request);
    const form = await readForm(request);
    const path = readReturnPath(form.get('return_to'));
    const login = (form.get('login') ?? '').slice(0, 200);
    try {
      requireOwnOrigin(request, base);
      const before = await this.callers.identifyBrowser(request);
      const started = await this.auth.startSession({
        login,
        password: (form.get('password') ?? '').slice(0, 1000),
        otp: form.get('otp')?.trim().slice(0, 100) || null,
        address: this.publicUrl.addressOf(request).slice(0, 100),
        userAgent: (request.headers['user-agent'] ?? '').slice(0, 500),
        requestId: request.id,
      });
      if (before) await this.end(before.caller, before.session);
      setSessionCookie(reply, base, started);
      sendTo(reply, base, path);
    } catch (error) {
      if (!(error instanceof DomainError) || error.status >= 500) throw error;
      const { retryAfterSeconds } = error.details;
      if (typeof retryAfterSeconds === 'number')
        void reply.header('retry-after', String(Math.ceil(retryAfterSeconds)));
      sendPage(reply, error.status, 'Sign in', signInForm(path, { login, error }));
    }
  }

  @Get('logout')
  async askToSignOut(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const browser = await this.callers.identifyBrowser(request);
    if (!browser) return sendTo(reply, this.publicUrl.baseFor(request), '/login');
    sendPage(
      reply,
      200,
      'Sign out',
      html`<form method="post">
        <p>You are signed in as <strong>${browser.caller.principal.login}</strong>.</p>
        <input type="hidden" name="csrf" value="${csrfTokenOf(browser.session)}" /><button>Sign out</button>
      </form>`,
    );
  }

  @Post('logout')
  async signOut(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const base = this.publicUrl.baseFor(request);
    const form = await readForm(request);
    const browser = await this.callers.identifyBrowser(request);
    if (browser) {
      refuseForgedChange(request, { session: browser.session, base, token: form.get('csrf') ?? undefined });
      await this.end(browser.caller, browser.session);
    }
    clearSessionCookie(reply, base);
    sendTo(reply, base, '/login');
  }

  private async end(caller: SignedInCaller, session: string): Promise<void> {
    const { accountId } = caller.principal;
    try {
      await this.auth.endSession({ accountId, hash: sha256Hex(session), actor: actorOf(caller) });
    } catch (error) {
      if (!isDomainError(error, 'not_found')) throw error;
    }
  }
}

function signInForm(path: string, tried?: { login: string; error: DomainError }): Html {
  const fault = tried && html`<p class="fault" role="alert">${tried.error.message}</p>`;
  return html`${fault ?? ''}
    <form method="post" action="login" autocomplete="on">
      <input type="hidden" name="return_to" value="${path}" />
      <label for="login">User name</label
      ><input id="login" name="login" value="${tried?.login ?? ''}" autocomplete="username" required />
      <label for="password">Password</label
      ><input id="password" name="password" type="password" autocomplete="current-password" required />
      <label for="otp">One-time password, if your account has one</label
      ><input id="otp" name="otp" inputmode="numeric" autocomplete="one-time-code" />
      <button>Sign in</button>
    </form>`;
}
