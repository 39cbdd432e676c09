import { DomainError, formatBytes, MB } from '@packhouse/kernel';
import { isTextAttachment } from './document-scanner';
import { memberOf, objectOf, textOf } from './json-values';

/** A Sigstore bundle as it came: its statement is about this tarball, its signature was not verified here. */
export interface ProvenanceBundle {
  /** The bundle's JSON text, to be served again as it is. */
  readonly text: string;
  readonly predicateType: string;
}

const maxBundleBytes = MB;
const mediaType = 'application/vnd.dev.sigstore.bundle';
const predicateUrl = /^https:\/\/[\w.-]+(?:\/[\w.-]+)*\/?$/;

/**
 * Reads the bundle of a publish document, if there is one, and checks that its statement names this very version
 * and tarball (A7). The signature itself is verified by the clients that ask for attestations: they hold the trust
 * root.
 */
export function readBundle(
  document: unknown,
  subject: { name: string; version: string; sha512: string },
): ProvenanceBundle | null {
  const attachments = Object.entries(objectOf(memberOf(document, '_attachments'))).filter(([key]) =>
    isTextAttachment(key),
  );
  const [first, ...others] = attachments;
  if (first === undefined) return null;
  const [key, attachment] = first;
  if (others.length > 0 || key !== `${subject.name}-${subject.version}.sigstore`) {
    throw bundleFault('the document needs exactly one, named after the version');
  }
  if (!(textOf(attachment, 'content_type') ?? '').startsWith(mediaType))
    throw bundleFault('its content type is not that of a Sigstore bundle');
  const text = textOf(attachment, 'data') ?? '';
  if (Buffer.byteLength(text) > maxBundleBytes)
    throw bundleFault(`it is larger than ${formatBytes(maxBundleBytes)}`);
  const statement = readStatement(text);
  checkSubject(statement, subject);
  const predicateType = textOf(statement, 'predicateType') ?? '';
  if (!predicateUrl.test(predicateType) || predicateType.length > 200)
    throw bundleFault('its predicate type is not a URL');
  return { text, predicateType };
}

/** The statement that the bundle's envelope carries. */
function readStatement(text: string): unknown {
  const envelope = memberOf(parse(text), 'dsseEnvelope');
  const payload = textOf(envelope, 'payload');
  if (payload === undefined) throw bundleFault('it carries no statement');
  return parse(Buffer.from(payload, 'base64').toString('utf8'));
}

function checkSubject(statement: unknown, subject: { name: string; version: string; sha512: string }): void {
  const subjects = memberOf(statement, 'subject');
  const named: unknown = Array.isArray(subjects) && subjects.length === 1 ? subjects[0] : undefined;
  const purl = `pkg:npm/${subject.name.replace('@', '%40')}@${subject.version}`;
  if (textOf(named, 'name') !== purl) throw bundleFault(`it is not about ${purl}`);
  const digest = textOf(memberOf(named, 'digest'), 'sha512')?.toLowerCase();
  if (digest !== subject.sha512) throw bundleFault('it is about a tarball with other bytes');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw bundleFault('it is not valid JSON');
  }
}

function bundleFault(reason: string): DomainError {
  return new DomainError('invalid_package', `The provenance bundle cannot be accepted: ${reason}.`, {
    field: '_attachments',
  });
}
