import { defineFormat } from '@packhouse/gateway-kit';
import type { RenderedError } from '@packhouse/http';
import type { DomainError, ErrorCode } from '@packhouse/kernel';

/**
 * `www-authenticate` by failure. npm compares the list items of the header with `OTP`, so nothing may follow it; a
 * `Bearer` challenge makes npm say that the token is invalid and hide our sentence, so callers who sent no
 * credentials, and need the sentence, get none.
 */
const challenges: Partial<Record<ErrorCode, string>> = {
  otp_required: 'OTP',
  credentials_invalid: 'Bearer realm="packhouse", error="invalid_token"',
};

export const npmFormat = defineFormat({
  id: 'npm',
  label: 'npm',
  icon: 'npm',
  mount: '/_registry/npm',
  packageType: 'npm',
  wholeName: '@{owner}/{name}',
  fileUrl: '/_registry/npm/{name}/-/{file}',
  digests: ['sha1', 'sha256', 'sha512'],
  renderError: (error, request): RenderedError => ({
    status: error.status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headersOf(error) },
    body: {
      ...browserConfirmation(error),
      error: error.message,
      message: error.message,
      code: `E_${error.code.toUpperCase()}`,
      requestId: request.id,
    },
  }),
});

function headersOf(error: DomainError): Record<string, string> {
  const headers: Record<string, string> = {};
  const challenge = challenges[error.code];
  if (challenge) headers['www-authenticate'] = challenge;
  const { retryAfterSeconds, size } = error.details;
  if (typeof retryAfterSeconds === 'number') headers['retry-after'] = String(Math.ceil(retryAfterSeconds));
  if (error.code === 'range_not_satisfiable' && typeof size === 'number')
    headers['content-range'] = `bytes */${size}`;
  return headers;
}

/** With these two, npm, pnpm and Bun offer to confirm in a browser instead of asking for a code. */
function browserConfirmation(error: DomainError): Record<string, unknown> {
  const { authUrl, doneUrl } = error.details;
  return error.code === 'otp_required' && authUrl && doneUrl ? { authUrl, doneUrl } : {};
}
