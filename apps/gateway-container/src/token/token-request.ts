import { readBody } from '@packhouse/http';
import { DomainError } from '@packhouse/kernel';
import type { FastifyRequest } from 'fastify';

/** What a client asks of the token service. */
export interface TokenRequest {
  readonly scopes: readonly string[];
  /** Of the form; null: what the Authorization header says, if there is one. */
  readonly password: { readonly login: string; readonly password: string } | null;
}

const MAX_FORM = 64_000;

/** The form of a GET (spec 5.2). What else clients send (account, client_id, offline_token, service) changes nothing. */
export function readQuery(request: FastifyRequest): TokenRequest {
  const { url } = request;
  const query = url.indexOf('?');
  const parameters = new URLSearchParams(query === -1 ? '' : url.slice(query + 1));
  return { scopes: parameters.getAll('scope'), password: null };
}

/** The form of a POST (spec 5.3). @throws DomainError `invalid_request`; clients that hold a refresh token fall back to a GET then. */
export async function readForm(request: FastifyRequest): Promise<TokenRequest> {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded')
    throw new DomainError(
      'invalid_request',
      'A token request is a form (application/x-www-form-urlencoded).',
    );
  const form = new URLSearchParams((await readBody(request, MAX_FORM)).toString('utf8'));
  if (form.get('grant_type') !== 'password')
    throw new DomainError(
      'invalid_request',
      'The only grant here is "password": there are no refresh tokens (unsupported_grant_type).',
    );
  const [login, password] = [form.get('username') ?? '', form.get('password') ?? ''];
  if (password === '') throw new DomainError('invalid_request', 'The grant "password" needs a password.');
  return { scopes: form.getAll('scope'), password: { login, password } };
}
