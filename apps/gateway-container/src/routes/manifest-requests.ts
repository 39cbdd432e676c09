import { Injectable } from '@nestjs/common';
import { PublicUrl, readBody } from '@packhouse/http';
import { DomainError, formatBytes, isDomainError } from '@packhouse/kernel';
import type { FastifyRequest } from 'fastify';
import { answerEmpty, locationOf } from '../answer';
import { MAX_MANIFEST, readManifest } from '../codec/manifest';
import { bareType } from '../codec/media-types';
import { findReference, readTag, type Reference } from '../codec/reference';
import { registryError } from '../codec/registry-error';
import { Images, requirePackage } from '../images';
import { PushManifest } from '../push-manifest';
import type { CallOf, MethodsOf } from './call';
import { Deletes } from './deletes';
import { ManifestReads } from './manifest-reads';

/** As many as one version takes at once. */
const MAX_TAGS = 50;

/** Requests about manifests. */
@Injectable()
export class ManifestRequests {
  readonly methods: MethodsOf<'manifest'> = {
    manifest: {
      GET: (call) => this.read(call),
      HEAD: (call) => this.read(call),
      PUT: (call) => this.put(call),
      DELETE: (call) => this.remove(call),
    },
  };

  constructor(
    private readonly images: Images,
    private readonly reads: ManifestReads,
    private readonly pushes: PushManifest,
    private readonly deletes: Deletes,
    private readonly publicUrl: PublicUrl,
  ) {}

  private async read({ request, reply, route }: CallOf<'manifest'>): Promise<void> {
    const reference = findReference(route.reference);
    await this.reads.read(request, reply, await this.images.openExisting(request, route.name), reference);
  }

  private async remove({ request, reply, route }: CallOf<'manifest'>): Promise<void> {
    const reference = findReference(route.reference);
    const opened = requirePackage(await this.images.openForDelete(request, route.name));
    await this.deletes.remove(reply, opened, reference);
  }

  private async put({ request, reply, route, query }: CallOf<'manifest'>): Promise<void> {
    const reference = findReference(route.reference) ?? {
      kind: 'tag' as const,
      tag: readTag(route.reference),
    };
    const tags = readTags(reference, query);
    const opened = await this.images.openForPush(request, route.name);
    const bytes = await readBytes(request);
    const manifest = readManifest(bytes, bareType(request.headers['content-type']));
    const wanted = reference.kind === 'digest' ? reference.digest : null;
    const { host } = new URL(this.publicUrl.baseFor(request));
    const { digest, notice } = await this.pushes.push(
      opened,
      { bytes, manifest, digest: wanted, tags },
      host,
    );
    const shown = wanted?.text ?? digest;
    answerEmpty(reply, 201, {
      location: locationOf(opened.name.repositoryName, `manifests/${shown}`),
      'docker-content-digest': shown,
      ...(manifest.subject && { 'oci-subject': manifest.subject.digest.text }),
      ...(reference.kind === 'digest' && tags.length > 0 && { 'oci-tag': tags.join(', ') }),
      ...(notice !== null && {
        warning: `299 - "${notice.replace(/[^\x20-\x7e]|["\\]/g, "'").slice(0, 1000)}"`,
      }),
    });
  }
}

/** Tags that the manifest gets: that of its path, or those of the query, all of them or none. */
function readTags(reference: Reference, query: URLSearchParams): string[] {
  const asked = query.getAll('tag');
  if (reference.kind === 'tag') {
    if (asked.length === 0) return [reference.tag];
    throw registryError(
      'TAG_INVALID',
      'A manifest that is pushed by a tag gets no others: push it by its digest with "?tag=".',
    );
  }
  if (asked.length > MAX_TAGS)
    throw registryError('TAG_INVALID', `A manifest gets up to ${MAX_TAGS} tags at once.`, {
      limit: MAX_TAGS,
    });
  return [...new Set(asked.map(readTag))];
}

async function readBytes(request: FastifyRequest): Promise<Buffer> {
  const tooLarge = (): DomainError =>
    new DomainError(
      'payload_too_large',
      `A manifest may have ${formatBytes(MAX_MANIFEST)} at most: clients read no more.`,
      {
        oci: 'MANIFEST_INVALID',
        detail: { limit: MAX_MANIFEST },
      },
    );
  if (Number(request.headers['content-length'] ?? 0) > MAX_MANIFEST) throw tooLarge();
  try {
    return await readBody(request, MAX_MANIFEST);
  } catch (error) {
    throw isDomainError(error, 'payload_too_large') ? tooLarge() : error;
  }
}
