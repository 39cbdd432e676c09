import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RegistryRoute } from '../codec/route';

/** A request whose path was read. */
export interface Call<R extends RegistryRoute = RegistryRoute> {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly route: R;
  readonly query: URLSearchParams;
}

type Kind = RegistryRoute['kind'];

/** A request for one kind of thing. */
export type CallOf<K extends Kind> = Call<Extract<RegistryRoute, { kind: K }>>;

/** How a kind of thing is served, by method. */
export type Methods<K extends Kind> = Readonly<Record<string, (call: CallOf<K>) => Promise<void>>>;

/** How several kinds are served. */
export type MethodsOf<K extends Kind> = { readonly [Each in K]: Methods<Each> };
