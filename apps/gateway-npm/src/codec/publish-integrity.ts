import { DomainError, type Digests } from '@packhouse/kernel';
import { memberOf, objectOf, textOf } from './json-values';
import type { PublishDocument } from './publish-document';

/** The integrity text of a tarball: what clients verify and signatures are made over. */
export function integrityOf(digests: Digests): string {
  return `sha512-${Buffer.from(digests.sha512!, 'hex').toString('base64')}`;
}

/** There was a tarball, and as many bytes as announced. */
export function checkAttachment({ document, attachment }: PublishDocument): void {
  if (attachment === null || attachment.size === 0) {
    throw fault(
      'The document has no tarball in "_attachments": publish with a package manager.',
      '_attachments',
    );
  }
  const entry = memberOf(objectOf(memberOf(document, '_attachments')), attachment.key);
  const length = memberOf(entry, 'length');
  if (length !== undefined && length !== attachment.size) {
    throw fault(
      `The tarball has ${attachment.size} bytes, but "length" announces another number: the upload is damaged.`,
      '_attachments',
    );
  }
}

/**
 * The bytes are those that the client packed: every digest that it gives must be theirs, and it must give one.
 * An integrity text may list several algorithms; only SHA-512 is compared.
 */
export function checkIntegrity(dist: unknown, digests: Digests): void {
  const integrity = textOf(dist, 'integrity');
  const shasum = textOf(dist, 'shasum');
  const hashes = (integrity ?? '')
    .slice(0, 4096)
    .split(/\s+/)
    .map((hash) => hash.replace(/\?.*$/, ''));
  const sha512 = hashes.filter((hash) => hash.startsWith('sha512-'));
  if (sha512.length === 0 && shasum === undefined) {
    throw fault(
      'The manifest has neither a SHA-512 "dist.integrity" nor a "dist.shasum": the tarball cannot be verified.',
      'dist',
    );
  }
  if (sha512.length > 0 && !sha512.includes(integrityOf(digests))) {
    throw fault(
      'The tarball does not have the SHA-512 that "dist.integrity" announces: the upload is damaged, publish again.',
      'dist.integrity',
    );
  }
  if (shasum !== undefined && shasum.toLowerCase() !== digests.sha1) {
    throw fault(
      'The tarball does not have the SHA-1 that "dist.shasum" announces: the upload is damaged, publish again.',
      'dist.shasum',
    );
  }
}

function fault(sentence: string, field: string): DomainError {
  return new DomainError('invalid_package', sentence, { field });
}
