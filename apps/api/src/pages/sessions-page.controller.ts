import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import { authContract, id, type AuthClient, type SessionInfo } from '@packhouse/contracts';
import { actorOf, Callers, csrfTokenOf, refuseForgedChange } from '@packhouse/gateway-kit';
import { PublicUrl } from '@packhouse/http';
import { DomainError, sha256Hex } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { html, type Html } from './html';
import { readForm, sendPage, sendTo } from './send-page';

const page = '/settings/sessions';

/** The page on which people see where they are signed in, and end what is not theirs. */
@Controller('settings/sessions')
export class SessionsPageController {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly callers: Callers,
    private readonly publicUrl: PublicUrl,
  ) {}

  @Get()
  async show(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const browser = await this.callers.identifyBrowser(request);
    if (!browser) return sendTo(reply, this.publicUrl.baseFor(request), `/login?return_to=${page}`);
    const { items } = await this.auth.listSessions({
      accountId: browser.caller.principal.accountId,
      currentHash: sha256Hex(browser.session),
      limit: 100,
    });
    const csrf = csrfTokenOf(browser.session);
    const entries = items.map((item) => describe(item, csrf));
    sendPage(reply, 200, 'Where you are signed in', html`<dl>${entries}</dl>`);
  }

  @Post(':id/end')
  async end(
    @Req() request: FastifyRequest,
    @Param('id') sessionId: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const base = this.publicUrl.baseFor(request);
    const form = await readForm(request);
    const browser = await this.callers.identifyBrowser(request);
    if (!browser) return sendTo(reply, base, `/login?return_to=${page}`);
    const { caller, session } = browser;
    refuseForgedChange(request, { session, base, token: form.get('csrf') ?? undefined });
    if (!id.safeParse(sessionId).success) throw new DomainError('not_found', 'You have no such session.');
    await this.auth.endSession({
      accountId: caller.principal.accountId,
      sessionId,
      actor: actorOf(caller),
    });
    sendTo(reply, base, page);
  }
}

function describe(
  { id: sessionId, address, userAgent, lastUsedAt, current }: SessionInfo,
  csrf: string,
): Html {
  return html`<dt>${userAgent || 'An unknown client'}</dt>
    <dd>
      ${address}, last used ${lastUsedAt.slice(0, 16).replace('T', ' ')}${current ? ' (this one)' : ''}
      <form method="post" action="sessions/${sessionId}/end">
        <input type="hidden" name="csrf" value="${csrf}" /><button>Sign out there</button>
      </form>
    </dd>`;
}
