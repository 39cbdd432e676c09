import {
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Post,
  Put,
  Req,
  Res,
  UseInterceptors,
} from '@nestjs/common';
import { authContract, type AuthClient, type Principal } from '@packhouse/contracts';
import { actorOf, InjectClient } from '@packhouse/gateway-kit';
import { PublicUrl, readJson } from '@packhouse/http';
import { DAY, DomainError, hashToken, isDomainError, loginKey } from '@packhouse/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { NoStore } from '../no-store';
import { NpmCallers } from '../npm-callers';

const legacyLogin = z.object({ name: z.string().min(1).max(200), password: z.string().min(1).max(1000) });
const LOGIN_TOKEN_LIFE = 30 * DAY;

/** Signing in and out: the web flow, and the CouchDB-style login that Yarn and older clients use (A5.1). */
@Controller('_registry/npm/-')
@UseInterceptors(NoStore)
export class LoginController {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly callers: NpmCallers,
    private readonly publicUrl: PublicUrl,
  ) {}

  @Get('whoami')
  async whoami(@Req() request: FastifyRequest): Promise<object> {
    const { principal } = await this.callers.signedIn(request);
    return { username: principal.login };
  }

  @Post('v1/login')
  @HttpCode(200)
  async startWebLogin(@Req() request: FastifyRequest): Promise<object> {
    await readJson(request, 10_000);
    const { loginId, pollSecret } = await this.auth.startWebLogin({
      purpose: 'login',
      address: this.publicUrl.addressOf(request),
      userAgent: (request.headers['user-agent'] ?? '').slice(0, 500),
    });
    return {
      loginUrl: `${this.publicUrl.baseFor(request)}/login/confirm/${loginId}`,
      doneUrl: this.callers.doneUrl(request, pollSecret),
    };
  }

  /** 202 with Retry-After until the person answered; without the header clients ask in a tight loop. */
  @Get('v1/done/:secret')
  async pollWebLogin(@Param('secret') pollSecret: string, @Res() reply: FastifyReply): Promise<void> {
    const result = await this.auth.pollWebLogin({ pollSecret });
    if (result.state === 'pending') void reply.status(202).header('retry-after', '1').send({});
    else void reply.status(200).send({ token: result.token });
  }

  /** The name in the path and the body must agree; an access token is welcome in the place of the password. */
  @Put('user/:user')
  @HttpCode(201)
  async legacyLogin(@Req() request: FastifyRequest, @Param('user') user: string): Promise<object> {
    return this.signInWithPassword(request, user);
  }

  /** What old clients send after a 409 on the first form; the revision means nothing here. */
  @Put('user/:user/-rev/:rev')
  @HttpCode(201)
  async legacyLoginAgain(@Req() request: FastifyRequest, @Param('user') user: string): Promise<object> {
    return this.signInWithPassword(request, user);
  }

  @Get('user/:user')
  async describeUser(@Req() request: FastifyRequest, @Param('user') user: string): Promise<object> {
    await this.callers.signedIn(request);
    const login = readUser(user);
    const { account } = await this.auth.findAccount({ login });
    if (!account || account.kind !== 'user')
      throw new DomainError('not_found', `There is no user "${login.slice(0, 60)}".`);
    return { _id: `org.couchdb.user:${account.login}`, name: account.login, email: '' };
  }

  /** `npm logout` puts the token itself into the path. */
  @Delete('user/token/:token')
  @HttpCode(200)
  async logout(@Req() request: FastifyRequest, @Param('token') token: string): Promise<object> {
    const caller = await this.callers.signedIn(request);
    const { accountId } = caller.principal;
    await this.auth.revokeToken({ accountId, hash: hashToken(token), actor: actorOf(caller) });
    return { ok: true };
  }

  private async signInWithPassword(request: FastifyRequest, user: string): Promise<object> {
    const body = legacyLogin.safeParse(await readJson(request, 100_000));
    if (!body.success) throw new DomainError('invalid_request', 'Signing in needs a name and a password.');
    const { name, password } = body.data;
    if (loginKey(readUser(user)) !== loginKey(name))
      throw new DomainError('invalid_request', 'The user in the address is not the one in the request.');
    const otp = request.headers['npm-otp'];
    const principal = await this.signIn(
      name,
      password,
      typeof otp === 'string' ? otp : null,
      this.publicUrl.addressOf(request),
    );
    // A token in the place of the password says who it is, and clients would show the name that was typed.
    if (loginKey(principal.login) !== loginKey(name)) throw wrongSignIn();
    const token = await this.issueToken(principal, request);
    return { ok: true, id: `org.couchdb.user:${principal.login}`, rev: '1-0', token };
  }

  private async signIn(
    login: string,
    password: string,
    otp: string | null,
    address: string,
  ): Promise<Principal> {
    try {
      return (await this.auth.signIn({ login, password, otp, address })).principal;
    } catch (error) {
      if (isDomainError(error, 'credentials_invalid')) throw wrongSignIn(error);
      throw error;
    }
  }

  /** A sign-in with an access token gets a token with no more rights than that one has, and of the same kind. */
  private async issueToken(principal: Principal, request: FastifyRequest): Promise<string> {
    const { scopes, limits, workflow } = principal;
    if (workflow !== null)
      throw new DomainError('forbidden', 'A workflow does not sign in: configure its token as it is.');
    const address = this.publicUrl.addressOf(request);
    const limit = principal.expiresAt ? Date.parse(principal.expiresAt) : Infinity;
    const { token } = await this.auth.createToken({
      accountId: principal.accountId,
      name: `login ${(request.headers['user-agent'] ?? 'npm client').slice(0, 80)}`,
      scopes: limits ? [] : (scopes ?? ['read:packages', 'write:packages', 'delete:packages']),
      limits,
      expiresAt: new Date(Math.min(limit, Date.now() + LOGIN_TOKEN_LIFE)).toISOString(),
      actor: actorOf({ principal, tokenHash: null, address, requestId: request.id }),
    });
    return token;
  }
}

function wrongSignIn(cause?: unknown): DomainError {
  return new DomainError('unauthenticated', 'The user name or the password is wrong.', {}, { cause });
}

/** `org.couchdb.user:alice` → `alice`. */
function readUser(user: string): string {
  const prefix = 'org.couchdb.user:';
  if (!user.startsWith(prefix))
    throw new DomainError('not_found', 'Users are addressed as org.couchdb.user:NAME here.');
  return user.slice(prefix.length);
}
