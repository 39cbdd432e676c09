import { Controller, UseInterceptors } from '@nestjs/common';
import { authContract, id, isoTime, sessionInfo, type AuthClient } from '@packhouse/contracts';
import { actorOf, Callers, csrfTokenOf, requireWholeAccount } from '@packhouse/gateway-kit';
import { DomainError, sha256Hex } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import { z } from 'zod';
import { ApiCallers } from '../../api-callers';
import { defineOperation, Input, Operation, type InputOf } from '../../rest/operation';
import { OperationInterceptor } from '../../rest/operation.interceptor';
import { pageAnswer, pageQuery } from '../page-query';

const tags = ['sessions'];

const getSession = defineOperation({
  id: 'ours/get-session',
  method: 'GET',
  path: '/api/packhouse/v1/session',
  summary: 'The session that this browser is signed in with',
  description:
    'Every change that is signed in by the session carries `csrfToken` in the header X-CSRF-Token.',
  tags,
  responses: {
    200: z.object({ login: z.string(), csrfToken: z.string(), expiresAt: isoTime.nullable() }),
    404: 'Not signed in with a session.',
  },
});
const listSessions = defineOperation({
  id: 'ours/list-sessions',
  method: 'GET',
  path: '/api/packhouse/v1/sessions',
  summary: 'Where you are signed in with a browser',
  tags,
  query: pageQuery,
  responses: { 200: pageAnswer(sessionInfo) },
});
const endSession = defineOperation({
  id: 'ours/end-session',
  method: 'DELETE',
  path: '/api/packhouse/v1/sessions/{id}',
  summary: 'End one of your sessions, at once',
  tags,
  scopes: ['user'],
  params: z.object({ id: z.string() }),
  responses: { 204: 'The session has ended.' },
});

/** Sessions of the web interface. */
@Controller()
@UseInterceptors(OperationInterceptor)
export class SessionsController {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly callers: ApiCallers,
    private readonly browsers: Callers,
  ) {}

  @Operation(getSession)
  async current(@Input() { request }: InputOf<typeof getSession>): Promise<object> {
    const browser = request.headers.authorization ? null : await this.browsers.identifyBrowser(request);
    if (!browser) throw new DomainError('not_found', 'This request is not signed in with a session.');
    const { login, expiresAt } = browser.caller.principal;
    return { login, csrfToken: csrfTokenOf(browser.session), expiresAt };
  }

  @Operation(listSessions)
  async list(@Input() { caller, query, request }: InputOf<typeof listSessions>): Promise<object> {
    requireWholeAccount(caller.principal);
    const browser = await this.browsers.identifyBrowser(request);
    const currentHash = browser && sha256Hex(browser.session);
    return this.auth.listSessions({ accountId: caller.principal.accountId, currentHash, ...query });
  }

  @Operation(endSession)
  async end(@Input() { params, request }: InputOf<typeof endSession>): Promise<void> {
    const caller = await this.callers.forChange(request, 'user');
    if (!id.safeParse(params.id).success) throw new DomainError('not_found', 'You have no such session.');
    const { accountId } = caller.principal;
    await this.auth.endSession({ accountId, sessionId: params.id, actor: actorOf(caller) });
  }
}
