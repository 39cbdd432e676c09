import { Injectable } from '@nestjs/common';
import { blobsContract, type BlobsClient } from '@packhouse/contracts';
import { InjectClient, StorageQuota } from '@packhouse/gateway-kit';
import { isDomainError } from '@packhouse/kernel';
import type { FastifyReply } from 'fastify';
import { answerEmpty, locationOf } from '../answer';
import { findDigest } from '../codec/reference';
import { Images, type PushPlace } from '../images';
import { StoredContent } from '../stored-content';

/** Taking over a blob of another repository without sending it again. */
@Injectable()
export class Mounts {
  constructor(
    private readonly images: Images,
    private readonly content: StoredContent,
    private readonly quota: StorageQuota,
    @InjectClient(blobsContract) private readonly blobs: BlobsClient,
  ) {}

  /**
   * True when the blob was mounted and that was the answer; false: the client has to send it. Without `from` nothing is
   * looked for: content that is somewhere is nobody's business. Rejects `quota_exceeded` for what the owner has no room for: sent
   * by the client it would not fit either.
   */
  async mount(reply: FastifyReply, opened: PushPlace, query: URLSearchParams): Promise<boolean> {
    const digest = findDigest(query.get('mount') ?? '');
    if (!digest) return false;
    const { facts, place, name } = opened;
    const isHere = (await this.content.findBlob(facts, place, digest.text, true)) !== null;
    if (!isHere && !(await this.takeOver(opened, query.get('from'), digest.text))) return false;
    answerEmpty(reply, 201, {
      location: locationOf(name.repositoryName, `blobs/${digest.text}`),
      'docker-content-digest': digest.text,
    });
    return true;
  }

  private async takeOver(target: PushPlace, from: string | null, digest: string): Promise<boolean> {
    const source = from === null ? null : await this.images.openMountSource(target, from);
    if (!source) return false;
    const { facts, place } = source;
    const isPublished = facts && (await this.content.findFile(facts, digest));
    const { blobs } = await this.blobs.mountBlobs({
      place: target.place,
      from: isPublished ? null : place,
      digests: [digest],
    });
    const [blob] = blobs;
    if (!blob) return false;
    try {
      await this.quota.reserveContents(target.owner.id, null, [blob]);
    } catch (error) {
      // After anything else it may be held for another push, which got an answer.
      if (isDomainError(error, 'quota_exceeded'))
        await this.blobs.dropHeld({ place: target.place, sha256: blob.digests.sha256 });
      throw error;
    }
    return true;
  }
}
