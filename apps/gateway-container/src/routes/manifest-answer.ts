import type { ServerResponse } from 'node:http';
import type { PackageFacts } from '@packhouse/contracts';
import { matchesEtag } from '@packhouse/http';
import { headerList } from '../answer';
import type { Reference } from '../codec/reference';
import type { ManifestBytes } from '../manifest-bytes';
import type { StoredManifest } from '../stored-content';

/** What is asked for, and what was found. */
export interface FoundManifest {
  readonly facts: PackageFacts;
  readonly reference: Reference;
  readonly manifest: StoredManifest;
}

/**
 * Whether the client has it already (RFC 9110 section 13.1.2). Some send the digest without quotes.
 */
export function isUnchanged(ifNoneMatch: string | undefined, found: FoundManifest): boolean {
  const digest = found.manifest.shownDigest;
  return ifNoneMatch === digest || matchesEtag(ifNoneMatch, `"${digest}"`);
}

/** Answers that the client's copy is good. */
export function writeUnchanged(response: ServerResponse, found: FoundManifest): void {
  response.writeHead(304, headersOf(found)).end();
}

/** Answers with headers, and with the bytes as they were pushed where they are given. `Accept` converts nothing. */
export function writeManifest(
  response: ServerResponse,
  found: FoundManifest,
  body: ManifestBytes | null,
): void {
  const { contentType, size } = found.manifest.file;
  const headers = headersOf(found);
  headers.push('content-type', contentType, 'content-length', String(size));
  response.writeHead(200, headers);
  if (body === null) response.end();
  else if (body.text !== null) response.end(body.text, 'latin1');
  else response.end(body.bytes);
}

function headersOf(found: FoundManifest): string[] {
  const digest = found.manifest.shownDigest;
  const shared = found.facts.visibility === 'public' ? 'public' : 'private';
  return headerList({
    'docker-content-digest': digest,
    etag: `"${digest}"`,
    'cache-control': found.reference.kind === 'tag' ? 'no-cache' : `${shared}, max-age=31536000, immutable`,
  });
}
