import { Injectable } from '@nestjs/common';
import { metadataContract, type MetadataClient } from '@packhouse/contracts';
import { InjectClient } from '@packhouse/gateway-kit';
import type { FastifyReply } from 'fastify';
import { answerJson, locationOf } from '../answer';
import { nextLink, readPageQuery } from '../codec/page-query';
import { readDigest } from '../codec/reference';
import { OCI_INDEX } from '../codec/media-types';
import { REFERRERS_PAGE_BYTES, referrerDescriptor, referrersDocument } from '../codec/referrers';
import { readManifest } from '../codec/manifest';
import { ManifestCache } from '../manifest-bytes';
import type { ImagePlace, OpenedImage } from '../images';

/** Scripts that do not follow `Link` get all of any usual repository. */
const MOST_TAGS = 10_000;
const ABOUT_BATCH = 500;

type About = Awaited<ReturnType<MetadataClient['listAbout']>>;

/** Tags of a repository, and what refers to a manifest. */
@Injectable()
export class Lists {
  constructor(
    private readonly manifests: ManifestCache,
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
  ) {}

  async tags(reply: FastifyReply, { facts, name }: OpenedImage, query: URLSearchParams): Promise<void> {
    const { count, last } = readPageQuery(query, MOST_TAGS);
    const { tags, isEnd } = await this.readTags(facts.id, last, count ?? MOST_TAGS);
    const path = locationOf(name.repositoryName, 'tags/list');
    const after = tags.at(-1);
    const link =
      isEnd || after === undefined
        ? {}
        : { link: nextLink(path, query, { n: String(tags.length), last: after }) };
    answerJson(reply, JSON.stringify({ name: name.repositoryName, tags }), link);
  }

  /** In byte order. A message has not room for every page. */
  private async readTags(
    packageId: string,
    last: string | null,
    count: number,
  ): Promise<{ tags: string[]; isEnd: boolean }> {
    const tags: string[] = [];
    let isEnd = false;
    while (!isEnd && tags.length < count) {
      const after = tags.at(-1) ?? last;
      const page = await this.metadata.listTags({ packageId, after, limit: count - tags.length });
      tags.push(...page.items);
      isEnd = page.isEnd || page.items.length === 0;
    }
    return { tags, isEnd };
  }

  /** Newest first. What is not there has no referrers, which is no failure. */
  async referrers(
    reply: FastifyReply,
    { facts, name }: ImagePlace,
    text: string,
    query: URLSearchParams,
  ): Promise<void> {
    const digest = readDigest(text);
    const types = query.getAll('artifactType').filter((type) => type !== '');
    const artifactTypes = types.length === 0 ? null : types.slice(0, 50).map((type) => type.slice(0, 255));
    const cursor = query.get('next');
    const page = facts
      ? await this.readAbout({ packageId: facts.id, version: digest.text, artifactTypes, cursor })
      : { entries: [], next: null };
    const path = locationOf(name.repositoryName, `referrers/${digest.text}`);
    answerJson(reply, referrersDocument(page.entries), {
      'content-type': OCI_INDEX,
      ...(artifactTypes && { 'oci-filters-applied': 'artifactType' }),
      ...(page.next !== null && { link: nextLink(path, query, { next: page.next }) }),
    });
  }

  private async readAbout(
    wanted: Omit<Parameters<MetadataClient['listAbout']>[0], 'limit'>,
  ): Promise<{ entries: string[]; next: string | null }> {
    const entries: string[] = [];
    let size = 0;
    let next = wanted.cursor ?? null;
    do {
      const page = await this.metadata.listAbout({ ...wanted, cursor: next, limit: ABOUT_BATCH });
      for (const [index, item] of page.items.entries()) {
        const entry = item.fragment ?? (await this.describe(item));
        if (entry === null) continue;
        if (entries.length > 0 && size + entry.length > REFERRERS_PAGE_BYTES)
          return { entries, next: await this.cursorAfter({ ...wanted, cursor: next }, index) };
        entries.push(entry);
        size += entry.length;
      }
      next = page.next;
    } while (next !== null && size < REFERRERS_PAGE_BYTES);
    return { entries, next };
  }

  /** Where a page goes on that ends after so many items, because more would be too large for clients. */
  private async cursorAfter(
    wanted: Omit<Parameters<MetadataClient['listAbout']>[0], 'limit'>,
    limit: number,
  ): Promise<string | null> {
    if (limit === 0) return wanted.cursor ?? null;
    return (await this.metadata.listAbout({ ...wanted, limit })).next;
  }

  /** An entry too large to be kept with its version is made of the manifest again. */
  private async describe({ version, file }: About['items'][number]): Promise<string | null> {
    if (!file) return null;
    const { bytes } = await this.manifests.get(file.digests.sha256);
    return referrerDescriptor(readManifest(bytes, file.contentType), version, file.size);
  }
}
