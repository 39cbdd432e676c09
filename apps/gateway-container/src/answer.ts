import type { FastifyReply } from 'fastify';
import { CLIENT_ROOT } from './api-root';

const common = { 'docker-distribution-api-version': 'registry/2.0', 'x-content-type-options': 'nosniff' };

/** Headers by name; those that are undefined are left out. */
export type Headers = Readonly<Record<string, string | number | undefined>>;

/** Headers of every answer, as `writeHead` takes them. */
export function headerList(headers: Headers): string[] {
  const list: string[] = [];
  for (const [name, value] of Object.entries({ ...common, ...headers }))
    if (value !== undefined) list.push(name, String(value));
  return list;
}

/**
 * Answers with headers alone. Written past the framework, which would add a type to nothing; a length is there except
 * where the protocol forbids it.
 */
export function answerEmpty(reply: FastifyReply, status: number, headers: Headers = {}): void {
  reply.hijack();
  const length = status === 204 ? {} : { 'content-length': 0 };
  reply.raw.writeHead(status, headerList({ 'x-request-id': reply.request.id, ...length, ...headers })).end();
}

/** Answers with JSON whose type has no parameter: clients compare it as text. */
export function answerJson(reply: FastifyReply, text: string, headers: Headers = {}): void {
  reply.hijack();
  const own = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  reply.raw.writeHead(200, headerList({ 'cache-control': 'no-cache', ...own, ...headers }));
  // To HEAD the server sends no body by itself.
  reply.raw.end(text);
}

/** Address of something of a repository, relative to the host that the client came by. */
export function locationOf(repositoryName: string, rest: string): string {
  return `${CLIENT_ROOT}/${repositoryName}/${rest}`;
}
