import * as http from 'node:http';
import * as https from 'node:https';
import type { StorageSettings } from '@packhouse/config';
import { isDomainError, SECOND, DomainError } from '@packhouse/kernel';
import type { Logger } from '@packhouse/observability';
import type { Client } from 'minio';
import { codeOf } from './failure-code';

const SILENCE_LIMIT_MS = 60 * SECOND;
const RETRY_WAITS_MS = [100, 400, 1200];

const transientCodes = new Set(
  ['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'].concat([
    'SlowDown',
    'InternalError',
    'ServiceUnavailable',
    'RequestTimeout',
    'OperationAborted',
  ]),
);
const credentialCodes = new Set(['AccessDenied', 'InvalidAccessKeyId', 'SignatureDoesNotMatch', 'Forbidden']);

/** True for the answers that mean "there is no such object". */
export function isMissing(error: unknown): boolean {
  return ['NotFound', 'NoSuchKey'].includes(codeOf(error) ?? '');
}

function isRefused(error: unknown): boolean {
  return credentialCodes.has(codeOf(error) ?? '');
}

function isTransient(error: unknown): boolean {
  // The client gives a busy server (500, 503, 429…) no code, only this text.
  return transientCodes.has(codeOf(error) ?? '') || String(error).includes('Retryable HTTP status');
}

/** A client for the server of the settings. Its own retries are off: they print to the console and know no network errors. */
export async function connectS3(
  settings: StorageSettings,
  endpoint: string = settings.s3Endpoint ?? '',
): Promise<Client> {
  // Loaded only where S3 is used: it costs a quarter of a second and memory.
  const minio = await import('minio');
  const url = new URL(endpoint);
  const useSSL = url.protocol === 'https:';
  const agent = { keepAlive: true, maxSockets: 64, maxFreeSockets: 16 };
  return new minio.Client({
    endPoint: url.hostname,
    port: url.port === '' ? (useSSL ? 443 : 80) : Number(url.port),
    useSSL,
    accessKey: settings.s3AccessKey ?? '',
    secretKey: settings.s3SecretKey ?? '',
    region: settings.s3Region,
    transportAgent: useSSL ? new https.Agent(agent) : new http.Agent(agent),
    transport: patientTransport(useSSL ? https.request : http.request),
    retryOptions: { disableRetry: true },
  });
}

/**
 * Adds what the client leaves out: a limit on a server's silence before it answers, and reading failed answers to
 * their end, without which their connections would never be free again.
 */
function patientTransport(request: typeof http.request): Pick<typeof http, 'request'> {
  const open = (
    options: http.RequestOptions,
    answered?: (response: http.IncomingMessage) => void,
  ): http.ClientRequest => {
    const sent = request(options, (response) => {
      // From here on a slow reader may take its time.
      sent.setTimeout(0);
      if ((response.statusCode ?? 0) >= 429) response.resume();
      answered?.(response);
    });
    return sent.setTimeout(SILENCE_LIMIT_MS, () => {
      sent.destroy(Object.assign(new Error('The S3 server was silent for a minute'), { code: 'ETIMEDOUT' }));
    });
  };
  return { request: open as typeof http.request };
}

/** Repeats `work`, which must be safe to repeat, while the failure looks like passing trouble. */
export async function retrying<T>(work: () => Promise<T>): Promise<T> {
  for (const wait of RETRY_WAITS_MS) {
    try {
      return await work();
    } catch (error) {
      if (!isTransient(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, wait * (1 + Math.random())));
    }
  }
  return work();
}

/** Wraps a failure of the S3 server as `storage_unavailable`, once; its details go to the log, not to the client. */
export function s3Failure(error: unknown, logger: Logger): DomainError {
  if (isDomainError(error)) return error;
  const code = codeOf(error);
  logger.error(
    { code, cause: error instanceof Error ? error.message : String(error) },
    'The S3 storage failed',
  );
  const sentence = isRefused(error)
    ? 'The package storage refuses this server: its administrator should check the S3 keys and their rights.'
    : 'The package storage does not answer: try again in a moment.';
  return new DomainError('storage_unavailable', sentence, {}, { cause: error });
}

/** A sentence for the person who set the server. */
export function explainStart(
  error: unknown,
  { s3Endpoint, s3Bucket }: Pick<StorageSettings, 's3Endpoint' | 's3Bucket'>,
): string {
  if (isRefused(error))
    return `The S3 server ${s3Endpoint} refuses the keys: check PACKHOUSE_S3_ACCESS_KEY and PACKHOUSE_S3_SECRET_KEY, and that they may use the bucket "${s3Bucket}".`;
  if (codeOf(error) === 'BucketAlreadyExists')
    return `The bucket "${s3Bucket}" belongs to somebody else: set PACKHOUSE_S3_BUCKET to another name.`;
  const reason = codeOf(error) ?? (error instanceof Error ? error.message : String(error));
  return `The S3 server ${s3Endpoint} cannot be used (${reason}): check that it runs, and PACKHOUSE_S3_ENDPOINT.`;
}
