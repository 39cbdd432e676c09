import { Injectable } from '@nestjs/common';
import { metadataContract, type Account, type MetadataClient, type Principal } from '@packhouse/contracts';
import { MB, sha256Hex, Turns } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import type { PackageAnswer } from '../rest/serialisers/package';
import { WrittenJson } from '../rest/written-json';
import { linkedOf, PackageViews, type Surroundings } from './package-views';

/** All pages in memory together: one that a hundred packages fill has 130 to 420 KB, and a reader's list a hundred such. */
const MAX_KEPT = 64 * MB;
/** What a page takes beside its bytes, about. */
const OVERHEAD = 5000;
const MAX_SEEN = 5000;
/** Of pages that nobody asked for yet. One costs several times what a kept one does, and those are not to wait for it. */
const NEW_AT_A_TIME = 4;

type ListRequest = Omit<Parameters<MetadataClient['listPackagesOf']>[0], 'known'>;
type FoundPage = Awaited<ReturnType<MetadataClient['listPackagesOf']>>;
type ShownPage = WrittenJson<PackageAnswer[]>;

/** What was found of a list when it was asked for last. */
interface SeenPage {
  readonly mark: string;
  /** The repositories that its packages are linked to. */
  readonly linked: readonly string[];
}

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
 * Pages of packages, as bytes. Metadata names a page by a mark; a page that was written under that mark is neither
 * written nor hashed again, whoever asks for it, nor sent again to who asks the same. Which page it is, and which of the
 * linked repositories the reader may know of, is asked each time.
 */
@Injectable()
export class PackagePages {
  /** By what was asked: a guess that metadata confirms or not. */
  private readonly seen = new LRUCache<string, SeenPage>({ max: MAX_SEEN });
  private readonly pages = new LRUCache<string, KeptPage>({
    maxSize: MAX_KEPT,
    sizeCalculation: ({ shown }) => shown.bytes.length + OVERHEAD,
  });

  private readonly turns = new Turns(NEW_AT_A_TIME);

  constructor(
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
    private readonly views: PackageViews,
  ) {}

  read(list: ListRequest, reader: PageReader): Promise<{ total: number; page: ShownPage }> {
    const asked = sha256Hex(JSON.stringify(list));
    const read = () => this.readNow(asked, list, reader);
    return this.seen.has(asked) ? read() : this.turns.take(read);
  }

  private async readNow(
    asked: string,
    list: ListRequest,
    reader: PageReader,
  ): Promise<{ total: number; page: ShownPage }> {
    const seen = this.seen.get(asked);
    const found = await this.metadata.listPackagesOf({ ...list, known: seen?.mark ?? null });
    if (seen?.mark !== found.mark) return this.write(asked, found, reader);
    const page = this.find(found.mark, await this.surround(seen.linked, reader));
    if (page) return { total: found.total, page };
    // No longer kept, or kept for who sees other repositories.
    return this.write(asked, await this.metadata.listPackagesOf(list), reader);
  }

  private async write(
    asked: string,
    { total, mark, items }: FoundPage,
    reader: PageReader,
  ): Promise<{ total: number; page: ShownPage }> {
    const linked = linkedOf(items);
    const surroundings = await this.surround(linked, reader);
    let page = this.find(mark, surroundings);
    if (!page) {
      page = WrittenJson.of(await this.views.write(items, surroundings));
      this.pages.set(nameOf(mark, surroundings), { surroundings, shown: page });
    }
    this.seen.set(asked, { mark, linked });
    return { total, page };
  }

  private find(mark: string, surroundings: Surroundings): ShownPage | null {
    const kept = this.pages.get(nameOf(mark, surroundings));
    return kept && isSame(kept.surroundings, surroundings) ? kept.shown : null;
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
