import type { ErrorRenderer } from '@packhouse/http';

/** Failures as REST clients expect them: one sentence in `message`, our code beside it. */
export const renderApiError: ErrorRenderer = (error, request) => {
  const headers: Record<string, string> = { 'content-type': 'application/json; charset=utf-8' };
  if (error.status === 401) headers['www-authenticate'] = 'Basic realm="packhouse"';
  const { retryAfterSeconds } = error.details;
  if (typeof retryAfterSeconds === 'number') headers['retry-after'] = String(Math.ceil(retryAfterSeconds));
  return {
    status: error.status,
    headers,
    body: { message: error.message, code: error.code, requestId: request.id },
  };
};
