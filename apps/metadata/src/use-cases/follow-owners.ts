import { Inject, Injectable } from '@nestjs/common';
import {
  workflowAccount,
  type Actor,
  type authEvents,
  type EventEnvelope,
  type EventPayload,
} from '@packhouse/contracts';
import { LOGGER, type Logger } from '@packhouse/observability';
import { FormatRepository } from '../persistence/format.repository';
import { OwnedPackageRepository } from '../persistence/owned-package.repository';
import { EditPackage, type EditResult, type OpenEdit } from './edit-package';
import { linkChanges, packageChanged, packageDeleted, visibilityChanged } from './package-events';
import type { PackageState } from './package-state';
import { findRetiredName, RetiredNameRules } from './retired-name-rules';

type Told<K extends keyof typeof authEvents> = EventEnvelope<EventPayload<(typeof authEvents)[K]>>;
type Change = (edit: OpenEdit) => Promise<EditResult | null> | EditResult | null;

const BATCH = 200;
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';
const system: Actor = {
  accountId: workflowAccount.id,
  login: 'packhouse',
  tokenId: null,
  address: null,
  requestId: null,
};

/**
 * What happens to packages when their owners and repositories change (spec P-29 to P-32). Every change looks at the
 * package as it is: an event that comes twice or late changes nothing more.
 */
@Injectable()
export class FollowOwners {
  constructor(
    private readonly editPackage: EditPackage,
    private readonly owned: OwnedPackageRepository,
    private readonly formats: FormatRepository,
    private readonly retiredNames: RetiredNameRules,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** What belongs to the repository moves along, everything else stays with its owner and loses the link. */
  async repositoryTransferred({ payload, actor }: Told<'repositoryTransferred'>): Promise<void> {
    const { repositoryId, ownerId, visibility } = payload;
    await this.each({ repositoryId }, actor, async ({ manager, before, next }) => {
      if (before.ownerId === ownerId) return null;
      if (before.scope === 'owner') return unlinked(next);
      const after = { ...next, ownerId, visibility };
      await this.owned.move(manager, after);
      const events = [packageChanged(after, 'owner')];
      if (before.visibility !== visibility) events.push(visibilityChanged(after));
      return { after, events };
    });
  }

  async repositoryDeleted({ payload, actor }: Told<'repositoryDeleted'>): Promise<void> {
    const { repositoryId, name } = payload;
    await this.each({ repositoryId }, actor, ({ before, next, now }) =>
      before.scope === 'owner' ? unlinked(next) : deleted(next, now, `The repository ${name} was deleted.`),
    );
  }

  /** Packages of a repository have its visibility, whichever way it changes (spec P-17). */
  async repositoryChanged({ payload, actor }: Told<'repositoryChanged'>): Promise<void> {
    const { repositoryId, visibility } = payload;
    await this.each({ repositoryId }, actor, ({ before, next }) => {
      if (before.scope === 'owner' || before.visibility === visibility) return null;
      const after = { ...next, visibility };
      return { after, events: [visibilityChanged(after)] };
    });
  }

  async accountDeleted({ payload, actor, occurredAt }: Told<'accountDeleted'>): Promise<void> {
    const { accountId, login } = payload;
    await this.retiredNames.retire({ ownerId: accountId, login, at: new Date(occurredAt) }, actor);
    await this.each({ ownerId: accountId }, actor, ({ next, now }) =>
      deleted(next, now, `The account ${login} was deleted.`),
    );
  }

  /**
   * Names that begin with the owner's login, as their format says, begin with the new one. Whoever renames is refused names that are
   * retired; what was published under one meanwhile does not keep it.
   */
  async accountRenamed({ payload, actor, occurredAt }: Told<'accountRenamed'>): Promise<void> {
    const { accountId: ownerId, login, oldLogin } = payload;
    const at = new Date(occurredAt);
    await this.retiredNames.retire({ ownerId, login: oldLogin, newLogin: login, at }, actor);
    const templates = new Map((await this.formats.list()).map(({ id, wholeName }) => [id, wholeName]));
    await this.each({ ownerId }, actor, async ({ manager, next, now }) => {
      const template = templates.get(next.format);
      const after = withPrefix(next, prefixOf(template, oldLogin), prefixOf(template, login));
      if (await findRetiredName(manager, { ...after, ownerLogin: login }))
        return deleted(next, now, `The name ${after.name} is retired under ${login}.`);
      if (after === next) return null;
      await this.owned.move(manager, after);
      return { after, events: [packageChanged(after, 'owner')] };
    });
  }

  /** One package that cannot follow does not keep the others. */
  private async each(
    of: { ownerId: string } | { repositoryId: string },
    actor: Actor | null,
    change: Change,
  ): Promise<void> {
    let after: string | undefined = BEFORE_ALL;
    while (after !== undefined) {
      const ids: string[] = await this.owned.listIds(of, after, BATCH);
      for (const packageId of ids) {
        try {
          await this.editPackage.execute({ packageId, actor: actor ?? system }, async (edit) => change(edit));
        } catch (error) {
          this.logger.error({ packageId, cause: String(error) }, 'A package could not follow its owner');
        }
      }
      after = ids.length === BATCH ? ids.at(-1) : undefined;
    }
  }
}

/** What the names of a format begin with under a login; nothing where they do not tell it. */
function prefixOf(wholeName: string | undefined, login: string): string {
  const [before = ''] = wholeName?.split('{name}') ?? [];
  return before.replaceAll('{owner}', login).toLowerCase();
}

/** The same package where its name does not tell its owner. */
function withPrefix(state: PackageState, former: string, present: string): PackageState {
  if (former === present || !state.nameKey.startsWith(former)) return state;
  const name = `${present}${state.name.slice(former.length)}`;
  return { ...state, name, nameKey: `${present}${state.nameKey.slice(former.length)}` };
}

/** Whoever had access by the repository loses it. */
function unlinked(next: PackageState): EditResult {
  const after = { ...next, repositoryId: null, inheritsAccess: false, linkOpen: false };
  return { after, events: linkChanges(next, after) };
}

function deleted(next: PackageState, now: Date, because: string): EditResult {
  const after = { ...next, removedAt: now };
  return { after, events: [packageDeleted(after, because)] };
}
