import { Injectable } from '@nestjs/common';
import {
  MAX_TAG_PATTERNS,
  type metadataContract,
  type RequestOf,
  type ResponseOf,
} from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import { EditPackage, type EditTarget } from './edit-package';
import { packageChanged } from './package-events';
import type { PackageState } from './package-state';

type Contract = typeof metadataContract;

/** Which tags stay where they are. */
@Injectable()
export class SetTagRules {
  constructor(private readonly editPackage: EditPackage) {}

  execute({
    packageId,
    immutable,
    actor,
  }: RequestOf<Contract, 'setTagRules'>): Promise<ResponseOf<Contract, 'setTagRules'>> {
    return this.edit({ packageId, actor }, () => immutable);
  }

  change({
    packageId,
    add,
    remove,
    actor,
  }: RequestOf<Contract, 'changeTagRules'>): Promise<ResponseOf<Contract, 'changeTagRules'>> {
    return this.edit({ packageId, actor }, ({ name, immutableTags }) => {
      const unknown = remove.find((pattern) => !immutableTags.includes(pattern));
      if (unknown !== undefined)
        throw new DomainError('not_found', `"${name}" has no rule "${unknown}" for its tags.`, {
          pattern: unknown,
        });
      return [...immutableTags.filter((pattern) => !remove.includes(pattern)), ...add];
    });
  }

  private async edit(
    target: EditTarget,
    patternsOf: (before: PackageState) => readonly string[],
  ): Promise<ResponseOf<Contract, 'setTagRules'>> {
    const { revision, updatedAt } = await this.editPackage.execute(target, async ({ before, next }) => {
      const immutableTags = [...new Set(patternsOf(before))];
      if (immutableTags.length > MAX_TAG_PATTERNS)
        throw new DomainError(
          'invalid_request',
          `"${before.name}" would have more than ${MAX_TAG_PATTERNS} rules for its tags: remove one, or say more with a pattern.`,
        );
      if (JSON.stringify(before.immutableTags) === JSON.stringify(immutableTags)) return null;
      const after = { ...next, immutableTags };
      return { after, events: [packageChanged(after, 'tag-rules')] };
    });
    return { revision, updatedAt };
  }
}
