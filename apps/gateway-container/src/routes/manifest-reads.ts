import { Injectable } from '@nestjs/common';
import { DownloadCounter, ReadRecorder } from '@packhouse/gateway-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Reference } from '../codec/reference';
import { registryError } from '../codec/registry-error';
import { ManifestCache } from '../manifest-bytes';
import type { OpenedImage } from '../images';
import { StoredContent } from '../stored-content';
import { isUnchanged, writeManifest, writeUnchanged } from './manifest-answer';

/** GET and HEAD of manifests. A GET of one counts as a download of its version. */
@Injectable()
export class ManifestReads {
  constructor(
    private readonly content: StoredContent,
    private readonly manifests: ManifestCache,
    private readonly downloads: DownloadCounter,
    private readonly reads: ReadRecorder,
  ) {}

  /** `reference`: null for what cannot be one, so that nothing is there. */
  async read(
    request: FastifyRequest,
    reply: FastifyReply,
    opened: OpenedImage,
    reference: Reference | null,
  ): Promise<void> {
    const { facts, caller } = opened;
    const manifest = reference && (await this.content.findManifest(facts, reference));
    if (!reference || !manifest) throw manifestUnknown(opened, reference);
    const found = { facts, reference, manifest };
    if (isUnchanged(request.headers['if-none-match'], found)) {
      reply.hijack();
      return writeUnchanged(reply.raw, found);
    }
    if (request.method === 'HEAD') {
      reply.hijack();
      return writeManifest(reply.raw, found, null);
    }
    const body = await this.manifests.get(manifest.file.digests.sha256);
    const noted = this.reads.noteDownload(caller, opened, {
      name: manifest.file.name,
      version: manifest.digest,
    });
    if (noted) await noted;
    reply.hijack();
    writeManifest(reply.raw, found, body);
    this.downloads.count(facts.id, manifest.versionId, caller);
  }
}

/** The refusal of a manifest that is not there. */
export function manifestUnknown({ name }: Pick<OpenedImage, 'name'>, reference: Reference | null): Error {
  const detail =
    reference && (reference.kind === 'tag' ? { tag: reference.tag } : { digest: reference.digest.text });
  const shown =
    reference === null
      ? 'such tag'
      : reference.kind === 'tag'
        ? `tag "${reference.tag}"`
        : `manifest ${reference.digest.text}`;
  return registryError('MANIFEST_UNKNOWN', `${name.repositoryName} has no ${shown}.`, detail ?? undefined);
}
