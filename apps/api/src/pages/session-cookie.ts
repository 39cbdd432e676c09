import { sessionCookieName } from '@packhouse/gateway-kit';
import { SECOND } from '@packhouse/kernel';
import type { FastifyReply } from 'fastify';

/** Gives a browser its session: out of reach of scripts, not sent along by forms of other sites, over TLS only where there is any. */
export function setSessionCookie(
  reply: FastifyReply,
  base: string,
  { session, expiresAt }: { session: string; expiresAt: string },
): void {
  const seconds = Math.max(0, Math.floor((Date.parse(expiresAt) - Date.now()) / SECOND));
  void reply.header('set-cookie', cookie(base, session, seconds));
}

export function clearSessionCookie(reply: FastifyReply, base: string): void {
  void reply.header('set-cookie', cookie(base, '', 0));
}

function cookie(base: string, value: string, maxAge: number): string {
  const secure = base.startsWith('https:') ? '; Secure' : '';
  return `${sessionCookieName(base)}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Lax${secure}`;
}
