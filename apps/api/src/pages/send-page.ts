import { readBody } from '@packhouse/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { pageHeaders, renderPage, type Html } from './html';

const MAX_FORM = 10_000;

export function sendPage(reply: FastifyReply, status: number, title: string, content: Html): void {
  void reply.status(status).headers(pageHeaders).send(renderPage(title, content));
}

/** Goes on to a path of this instance; by 303, so that a form is not sent again. */
export function sendTo(reply: FastifyReply, base: string, path: string): void {
  const prefix = new URL(base).pathname.replace(/\/+$/, '');
  void reply
    .status(303)
    .headers({ location: `${prefix}${path}`, 'cache-control': 'no-store' })
    .send();
}

/** The fields of a form that was sent. */
export async function readForm(request: FastifyRequest): Promise<URLSearchParams> {
  return new URLSearchParams((await readBody(request, MAX_FORM)).toString('utf8'));
}
