import { Injectable } from '@nestjs/common';
import { blobsContract, type BlobsClient, type FileRecord, type PackageFacts } from '@packhouse/contracts';
import { FileSender, InjectClient, ReadRecorder } from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { answerEmpty } from '../answer';
import { readDigest, type Digest } from '../codec/reference';
import { registryError } from '../codec/registry-error';
import type { ImagePlace } from '../images';
import { OCTETS, StoredContent } from '../stored-content';

/** Reading and dropping blobs of one package. */
@Injectable()
export class Blobs {
  constructor(
    private readonly content: StoredContent,
    private readonly files: FileSender,
    private readonly reads: ReadRecorder,
    @InjectClient(blobsContract) private readonly blobs: BlobsClient,
  ) {}

  /** GET and HEAD, ranges included. Clients that may push are promised that what they are told of stays. */
  async read(request: FastifyRequest, reply: FastifyReply, opened: ImagePlace, text: string): Promise<void> {
    const digest = readDigest(text);
    const { facts, place, mayPush } = opened;
    const file = await this.content.findBlob(facts, place, digest.text, mayPush);
    if (!file) throw blobUnknown(opened, digest);
    refuseInvertedRange(request, file.size);
    void reply.headers(blobHeaders(facts, digest));
    await this.files.send(request, reply, { ...file, contentType: OCTETS }, cacheControlOf(facts), {
      etag: `"${digest.text}"`,
      ...(facts && { format: facts.format }),
      onBegin: () => this.noteDownload(opened, file),
    });
  }

  /** Only what no manifest here refers to: the bytes are the collector's matter. */
  async remove(reply: FastifyReply, { facts, place, name }: ImagePlace, text: string): Promise<void> {
    const digest = readDigest(text);
    const used = facts && (await this.content.findFile(facts, digest.text));
    if (used)
      throw registryError(
        'UNSUPPORTED',
        `${digest.text} belongs to the manifest ${used.name.split('/')[0]} of ${name.repositoryName}: delete that first.`,
        { digest: digest.text, manifest: used.name.split('/')[0] },
      );
    const { blobs } = await this.blobs.findHeld({ place, digests: [digest.text], touch: false });
    const [blob] = blobs;
    if (!blob) throw blobUnknown({ name }, digest);
    await this.blobs.dropHeld({ place, sha256: blob.digests.sha256 });
    answerEmpty(reply, 202);
  }

  private noteDownload({ caller, owner, facts }: ImagePlace, file: FileRecord): void | Promise<void> {
    if (facts)
      return this.reads.noteDownload(
        caller,
        { owner, facts },
        { name: file.name, version: file.name.split('/')[0]! },
      );
  }
}

/** The refusal of a blob that is not in this package, wherever else it may be. */
function blobUnknown({ name }: Pick<ImagePlace, 'name'>, digest: Digest): DomainError {
  return registryError('BLOB_UNKNOWN', `${name.repositoryName} has no blob ${digest.text}.`, {
    digest: digest.text,
  });
}

/** Content never changes under its digest. */
function cacheControlOf(facts: PackageFacts | null): string {
  return `${facts?.visibility === 'public' ? 'public' : 'private'}, max-age=31536000, immutable`;
}

/** Headers of an answer with a blob, apart from those about its bytes. */
export function blobHeaders(facts: PackageFacts | null, { text }: Digest): Record<string, string> {
  return {
    'docker-distribution-api-version': 'registry/2.0',
    'docker-content-digest': text,
    'content-type': OCTETS,
    etag: `"${text}"`,
    'accept-ranges': 'bytes',
    'cache-control': cacheControlOf(facts),
  };
}

/** Registries refuse what other servers overlook (section 3.1). */
function refuseInvertedRange({ headers }: FastifyRequest, size: number): void {
  const [, from, to] = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(headers.range?.trim() ?? '') ?? [];
  if (from !== undefined && Number(to) < Number(from))
    throw new DomainError('range_not_satisfiable', undefined, { size });
}
