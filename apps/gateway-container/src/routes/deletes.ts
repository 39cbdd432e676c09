import { Injectable } from '@nestjs/common';
import { metadataContract, type MetadataClient } from '@packhouse/contracts';
import { actorOf, InjectClient } from '@packhouse/gateway-kit';
import { DomainError, isDomainError } from '@packhouse/kernel';
import type { FastifyReply } from 'fastify';
import { answerEmpty } from '../answer';
import type { Reference } from '../codec/reference';
import { registryError } from '../codec/registry-error';
import type { ChangedImage } from '../images';
import { StoredContent } from '../stored-content';
import { manifestUnknown } from './manifest-reads';

/** Deleting on the wire: a tag, or a manifest with all its tags and everything that belongs to it alone. */
@Injectable()
export class Deletes {
  constructor(
    private readonly content: StoredContent,
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
  ) {}

  async remove(reply: FastifyReply, opened: ChangedImage, reference: Reference | null): Promise<void> {
    const manifest = reference && (await this.content.findManifest(opened.facts, reference));
    if (!reference || !manifest) throw manifestUnknown(opened, reference);
    const packageId = opened.facts.id;
    const actor = actorOf(opened.caller);
    if (reference.kind === 'tag') await this.metadata.removeTag({ packageId, tag: reference.tag, actor });
    else await this.removeVersion({ packageId, versionIds: [manifest.versionId], allowEmpty: true, actor });
    answerEmpty(reply, 202);
  }

  private async removeVersion(request: Parameters<MetadataClient['removeVersions']>[0]): Promise<void> {
    try {
      await this.metadata.removeVersions(request);
    } catch (error) {
      if (isDomainError(error, 'in_use')) throw stillContained(error);
      // Too many depend on it: who may lift that does so in the product.
      if (isDomainError(error, 'invalid_request')) throw registryError('DENIED', error.message);
      throw error;
    }
  }
}

/** Clients know 405 as "not to be deleted here"; the sentence names what has to go first. */
function stillContained({ message, details }: DomainError): DomainError {
  const containedBy = Array.isArray(details['containedBy'])
    ? (details['containedBy'] as unknown[]).slice(0, 20)
    : [];
  const named =
    containedBy.length === 0
      ? message
      : `This manifest belongs to ${containedBy.join(', ')}: delete that first, and it goes with it.`;
  return registryError('UNSUPPORTED', named, { containedBy });
}
