import type { ErrorRenderer } from '@packhouse/http';
import { DomainError, errorTable, type ErrorCode } from '@packhouse/kernel';
import { declarationFor, type OperationDeclaration } from './operation';
import { commonHeaders } from './request-headers';

const DOCUMENTATION = 'https://docs.github.com/rest';

/** Words that clients compare with; a sentence that explains more follows them. */
const githubWords: Partial<Record<ErrorCode, string>> = {
  not_found: 'Not Found',
  credentials_invalid: 'Bad credentials',
  unauthenticated: 'Requires authentication',
  otp_required: 'Must specify two-factor authentication OTP code.',
  internal: 'Server Error',
};

/** Failures as GitHub's clients expect them: `message`, `documentation_url`, `status`, and `errors` of what was sent. */
export const renderV3Error: ErrorRenderer = (thrown, request) => {
  const error = asGithubRefuses(thrown, declarationFor(request));
  const status = error.code === 'name_taken' ? 422 : error.status;
  const errors = faultsOf(error);
  return {
    status,
    headers: {
      ...commonHeaders(request),
      ...challengeOf(error),
      'content-type': 'application/json; charset=utf-8',
    },
    body: {
      message: messageOf(error),
      ...(errors ? { errors } : {}),
      documentation_url: documentationOf(declarationFor(request)?.id),
      status: String(status),
    },
  };
};

const notJson = 'The request body is not valid JSON.';

/** What a service finds wrong in a request that was read is 422 where GitHub has that, as for what the schema refuses. */
function asGithubRefuses(error: DomainError, declaration: OperationDeclaration | undefined): DomainError {
  const { code, message, details } = error;
  if (code !== 'invalid_request' || message === notJson || !declaration) return error;
  const has422 = Object.hasOwn(declaration.responses, 422) && !Object.hasOwn(declaration.responses, 400);
  return has422 ? new DomainError('validation_failed', message, details) : error;
}

function messageOf({ code, message }: DomainError): string {
  if (code === 'validation_failed' || code === 'name_taken') return 'Validation Failed';
  if (code === 'invalid_request' && message === notJson) return 'Problems parsing JSON';
  const words = githubWords[code];
  if (words === undefined) return message;
  return message === errorTable[code].message ? words : `${words.replace(/\.$/, '')}: ${message}`;
}

function faultsOf({ code, message, details }: DomainError): unknown[] | null {
  if (Array.isArray(details.errors)) return details.errors as unknown[];
  if (code === 'name_taken') return [{ resource: 'Name', field: 'name', code: 'already_exists', message }];
  if (code === 'validation_failed') return [{ resource: 'Request', field: '', code: 'custom', message }];
  return null;
}

function challengeOf({ code, status, details }: DomainError): Record<string, string> {
  const headers: Record<string, string> = {};
  if (status === 401) headers['www-authenticate'] = 'Basic realm="GitHub"';
  if (code === 'otp_required') headers['x-github-otp'] = 'required; :2fa-app';
  if (typeof details.retryAfterSeconds === 'number')
    headers['retry-after'] = String(Math.ceil(details.retryAfterSeconds));
  return headers;
}

/** `packages/get-package-for-user` is described below the page of its group. */
function documentationOf(id: string | undefined): string {
  const [group, name] = id?.split('/') ?? [];
  return group && name ? `${DOCUMENTATION}/${group}/${group}#${name}` : DOCUMENTATION;
}
