import { Injectable } from '@nestjs/common';
import type { PackageSummary } from '@packhouse/contracts';
import { MB } from '@packhouse/kernel';
import { LRUCache } from 'lru-cache';
import type { MinimalRepository } from '../rest/serialisers/minimal-repository';
import { toPackage, type PackageAnswer, type PackagePlace } from '../rest/serialisers/package';
import type { SimpleUser } from '../rest/serialisers/simple-user';
import { WrittenJson } from '../rest/written-json';

/** Characters of all texts together; a package has 1,000 to 4,000. */
const MAX_KEPT = 48 * MB;
/** What a text takes beside its characters, about. */
const OVERHEAD = 500;

interface Kept {
  /** The parts that are known by their text only. */
  readonly owner: string;
  readonly repository: string | null;
  readonly written: WrittenJson<PackageAnswer>;
}

/**
 * Packages as answers show them, written once: pages are read again and again, and writing them is most of their cost.
 * Nothing is ever dropped because it changed: a text is found by everything that it says.
 */
@Injectable()
export class WrittenPackages {
  private readonly kept = new LRUCache<string, Kept>({
    maxSize: MAX_KEPT,
    sizeCalculation: ({ written }) => written.text.length + OVERHEAD,
  });

  /** As {@link toPackage}. */
  write(
    found: PackageSummary,
    repository: WrittenJson<MinimalRepository> | null,
    place: PackagePlace & { shownOwner: WrittenJson<SimpleUser> },
  ): WrittenJson<PackageAnswer> {
    const parts = { owner: place.shownOwner.text, repository: repository?.text ?? null };
    const name = nameOf(found, place);
    const known = this.kept.get(name);
    if (known?.owner === parts.owner && known.repository === parts.repository) return known.written;
    const written = WrittenJson.of(toPackage(found, repository, place));
    this.kept.set(name, { ...parts, written });
    return written;
  }
}

/** All that a text says besides owner and repository; only the last part may hold a line end. */
function nameOf(found: PackageSummary, { packageType, base }: PackagePlace): string {
  const { number, apiName, versionCount, visibility, createdAt, updatedAt } = found;
  return `${number}\n${updatedAt}\n${versionCount}\n${visibility}\n${createdAt}\n${packageType}\n${base}\n${apiName}`;
}
