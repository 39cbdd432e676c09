import type { ErrorRenderer } from '@packhouse/http';
import { commonHeaders } from './rest/request-headers';
import { renderV3Error } from './rest/v3-error';

/** Failures below /api/v3 look like GitHub's, all others are one sentence in `message` with our code beside it. */
export const renderApiError: ErrorRenderer = (error, request) => {
  if (isV3(request.url)) return renderV3Error(error, request);
  const headers: Record<string, string> = {
    ...commonHeaders(request),
    'content-type': 'application/json; charset=utf-8',
  };
  if (error.status === 401) headers['www-authenticate'] = 'Basic realm="packhouse"';
  const { retryAfterSeconds, errors } = error.details;
  if (typeof retryAfterSeconds === 'number') headers['retry-after'] = String(Math.ceil(retryAfterSeconds));
  return {
    status: error.status,
    headers,
    body: {
      message: error.message,
      code: error.code,
      requestId: request.id,
      ...(Array.isArray(errors) ? { errors: errors as unknown[] } : {}),
    },
  };
};

function isV3(url: string): boolean {
  return /^\/api\/v3(?:[/?]|$)/.test(url);
}
