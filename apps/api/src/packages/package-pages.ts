import { Injectable } from '@nestjs/common';
import {
  metadataContract,
  type Account,
  type MetadataClient,
  type PagedPackage,
  type Principal,
} from '@packhouse/contracts';
import { MB, sha256Hex } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import type { PackageAnswer } from '../rest/serialisers/package';
import { WrittenJson } from '../rest/written-json';
import { linkedOf, PackageViews, type Surroundings } from './package-views';

/** All pages in memory together; a hundred packages have about 300 KB. */
const MAX_KEPT = 40 * MB;
/** What a page takes beside its bytes, about. */
const OVERHEAD = 5000;
const MAX_LINKS = 2000;

type ListRequest = Parameters<MetadataClient['listPackagesOf']>[0];
type ShownPage = WrittenJson<PackageAnswer[]>;

interface KeptPage {
  readonly surroundings: Surroundings;
  readonly shown: ShownPage;
}

/** Whose packages are read, by whom. */
export interface PageReader {
  readonly request: FastifyRequest;
  readonly owner: Account;
  readonly principal: Principal;
}

/**
 * Pages of packages, as bytes. Metadata names a page by a mark; a page that was written under that mark is neither sent
 * nor written, checked or hashed again, whoever asks for it. Which page it is, and which of the linked repositories the
 * reader may know of, is asked each time.
 */
@Injectable()
export class PackagePages {
  /** By mark: the repositories that the packages of a page are linked to. */
  private readonly linked = new LRUCache<string, readonly string[]>({ max: MAX_LINKS });
  private readonly pages = new LRUCache<string, KeptPage>({
    maxSize: MAX_KEPT,
    sizeCalculation: ({ shown }) => shown.bytes.length + OVERHEAD,
  });

  constructor(
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
    private readonly views: PackageViews,
  ) {}

  async read(list: ListRequest, reader: PageReader): Promise<{ total: number; page: ShownPage }> {
    const { mark, total } = await this.metadata.markPackagesOf(list);
    const linked = this.linked.get(mark);
    const surroundings = linked ? await this.surround(linked, reader) : null;
    const kept = surroundings && this.pages.get(nameOf(mark, surroundings));
    if (kept && isSame(kept.surroundings, surroundings)) return { total, page: kept.shown };
    const found = await this.metadata.listPackagesOf(list);
    // It may have changed since its mark was asked for.
    const known = found.mark === mark ? surroundings : null;
    return { total: found.total, page: await this.write(found, reader, known) };
  }

  private async write(
    { mark, items }: { mark: string; items: readonly PagedPackage[] },
    reader: PageReader,
    known: Surroundings | null,
  ): Promise<ShownPage> {
    const linked = linkedOf(items);
    const surroundings = known ?? (await this.surround(linked, reader));
    const shown = WrittenJson.of(await this.views.write(items, surroundings));
    this.linked.set(mark, linked);
    this.pages.set(nameOf(mark, surroundings), { surroundings, shown });
    return shown;
  }

  private surround(
    linked: readonly string[],
    { request, owner, principal }: PageReader,
  ): Promise<Surroundings> {
    return this.views.surround(request, owner, linked, principal);
  }
}

/** Readers who see the same packages may see other repositories. */
function nameOf(mark: string, { base, repositories }: Surroundings): string {
  return sha256Hex([mark, base, ...repositories.keys()].join());
}

function isSame(kept: Surroundings, now: Surroundings): boolean {
  if (!kept.shownOwner.bytes.equals(now.shownOwner.bytes)) return false;
  for (const [id, shown] of now.repositories) if (kept.repositories.get(id) !== shown) return false;
  return true;
}
