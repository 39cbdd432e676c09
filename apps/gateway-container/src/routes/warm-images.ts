import type { IncomingMessage, ServerResponse } from 'node:http';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DownloadCounter } from '@packhouse/gateway-kit';
import { WarmReads } from '@packhouse/http';
import { LRUCache } from 'lru-cache';
import { headerList } from '../answer';
import { apiRootOf } from '../api-root';
import { findDigest, findReference, type Digest, type Reference } from '../codec/reference';
import { readRoute } from '../codec/route';
import { ManifestCache } from '../manifest-bytes';
import { REGISTRY_PRODUCT, type RegistryName, type RegistryProduct } from '../product';
import { placeOf, StoredContent } from '../stored-content';
import type { RegistryPlace } from '../token/registry-access';
import { RegistryCallers, type RegistryCaller } from '../token/registry-callers';
import { blobHeaders } from './blobs';
import { isUnchanged, writeManifest, writeUnchanged } from './manifest-answer';

type Wanted =
  | { readonly kind: 'manifest'; readonly name: RegistryName; readonly reference: Reference }
  | { readonly kind: 'blob'; readonly name: RegistryName; readonly digest: Digest };

/** Longer paths are left to the router. */
const LONGEST_PATH = 400;

/**
 * Manifests by tag and by digest, and HEAD of blobs, whose facts and bytes are in memory: answered as through the router.
 * A tag is looked up within the revision of its package, so that a moved one is never answered from here.
 */
@Injectable()
export class WarmImages implements OnApplicationBootstrap {
  /** What those paths ask for that were answered here: most others are asked once, as those of uploads are. */
  private readonly paths = new LRUCache<string, Wanted>({ max: 20_000 });
  private readonly root: string;

  constructor(
    @Inject(REGISTRY_PRODUCT) private readonly product: RegistryProduct,
    private readonly callers: RegistryCallers,
    private readonly content: StoredContent,
    private readonly manifests: ManifestCache,
    private readonly downloads: DownloadCounter,
    private readonly warmReads: WarmReads,
  ) {
    this.root = apiRootOf(product);
  }

  onApplicationBootstrap(): void {
    this.warmReads.offer(`${this.root}/`, (request, response) => this.answer(request, response));
  }

  private answer(request: IncomingMessage, response: ServerResponse): boolean {
    const { url = '' } = request;
    const known = this.paths.get(url);
    const wanted = known ?? this.readPath(url);
    if (!wanted || !this.answerFor(request, response, wanted)) return false;
    if (!known) this.paths.set(url, wanted);
    return true;
  }

  private answerFor(request: IncomingMessage, response: ServerResponse, wanted: Wanted): boolean {
    const caller = this.callers.recall({ headers: request.headers, raw: request });
    const place = caller && this.callers.recallAccess(caller, wanted.name);
    if (!place) return false;
    return wanted.kind === 'manifest'
      ? this.answerManifest(request, response, { caller, place, reference: wanted.reference })
      : this.answerBlob(request, response, { caller, place, ...wanted });
  }

  private answerManifest(
    { method, headers }: IncomingMessage,
    response: ServerResponse,
    { caller, place, reference }: { caller: RegistryCaller; place: RegistryPlace; reference: Reference },
  ): boolean {
    const { facts, owner } = place;
    const manifest = facts && this.content.recallManifest(facts, reference);
    if (!manifest) return false;
    const found = { facts, reference, manifest };
    if (isUnchanged(headers['if-none-match'], found)) {
      writeUnchanged(response, found);
      return true;
    }
    if (method === 'HEAD') {
      writeManifest(response, found, null);
      return true;
    }
    const bytes = this.manifests.recall(manifest.file.digests.sha256);
    // A download that is to be recorded may have to wait for the record.
    if (!bytes || owner.auditReads !== 'off') return false;
    writeManifest(response, found, bytes);
    this.downloads.count(facts.id, manifest.versionId, caller);
    return true;
  }

  private answerBlob(
    { method, headers }: IncomingMessage,
    response: ServerResponse,
    wanted: { caller: RegistryCaller; place: RegistryPlace; name: RegistryName; digest: Digest },
  ): boolean {
    const { facts, owner } = wanted.place;
    if (method !== 'HEAD' || !facts || headers.range !== undefined || headers['if-none-match'] !== undefined)
      return false;
    const { text } = wanted.digest;
    const file = this.content.recallFile(facts, text);
    if (!file) return false;
    const mayPush =
      wanted.caller.principal !== null &&
      this.callers.covers(wanted.caller, wanted.name.repositoryName, ['push']);
    const place = placeOf(this.product.format, owner.id, wanted.name.nameKey);
    if (mayPush && !this.content.isLeased(place, text)) return false;
    response
      .writeHead(200, headerList({ ...blobHeaders(facts, wanted.digest), 'content-length': file.size }))
      .end();
    return true;
  }

  private readPath(url: string): Wanted | null {
    if (url.length > LONGEST_PATH || url.includes('?')) return null;
    try {
      const route = readRoute(url.slice(this.root.length));
      if (route?.kind !== 'manifest' && route?.kind !== 'blob') return null;
      const name = this.product.readName(route.name);
      if (!name) return null;
      if (route.kind === 'manifest') {
        const reference = findReference(route.reference);
        return reference && { kind: 'manifest', name, reference };
      }
      const digest = findDigest(route.digest);
      return digest && { kind: 'blob', name, digest };
    } catch {
      // Not a good request: the router's way says so.
      return null;
    }
  }
}
