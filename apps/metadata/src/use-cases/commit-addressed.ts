import { Inject, Injectable } from '@nestjs/common';
import { DomainError, type Clock } from '@packhouse/kernel';
import { outboxToken, type Outbox } from '@packhouse/messaging';
import type { EntityManager } from 'typeorm';
import { CLOCK } from '../clock-token';
import { CommitRepository, type AddressedContext } from '../persistence/commit.repository';
import { PackageRepository } from '../persistence/package.repository';
import type { Returning } from '../persistence/storage.repository';
import { createdIn, newVersionOf, type CommitRun, type Committed, type OpenedPackage } from './commit-plan';
import { checkContext, checkTagsStay, linking, speaking, type CommitRequest } from './commit-rules';
import { changedKeys, linkChanges, packageChanged, packageCreated, versionPublished } from './package-events';
import { foreignNamesIn, nameByIdentity, otherNamesOf } from './other-names';
import { factsOf, nextRevision } from './package-state';
import { RoomNeeded } from './restore-room';
import { ShowVersions } from './show-versions';
import { TagMoves } from './tag-moves';

/** Missing versions that a refusal names: of an index of thousands all would not fit a message. */
const MAX_TOLD = 100;

/** An open package, where its tags are and which of them move. */
interface AddressedPlan extends OpenedPackage, CommitRun {
  readonly addressed: AddressedContext;
  readonly tags: readonly string[];
  /** What it contains, by the names that the publisher knows. */
  readonly asWritten: (identity: string) => string;
}

/**
 * Publishes a version that is named by its content: it is made, it comes back, or it is there already; its tags move to
 * it in any case. Runs in the caller's transaction, under the lock of the package.
 */
@Injectable()
export class CommitAddressed {
  constructor(
    @Inject(outboxToken('metadata')) private readonly outbox: Outbox,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly packages: PackageRepository,
    private readonly commits: CommitRepository,
    private readonly tagMoves: TagMoves,
    private readonly showVersions: ShowVersions,
  ) {}

  async commit(
    manager: EntityManager,
    wanted: CommitRequest,
    opened: OpenedPackage,
    run: CommitRun,
  ): Promise<Committed> {
    const { before, context } = opened;
    const request = await this.nameOthers(manager, wanted, opened);
    const tags = [...new Set(request.tags)];
    const addressed = await this.readContext(manager, opened, {
      ...{ tags, contained: request.contains, otherNames: otherNamesOf(request) },
    });
    // Deleted packages of that name reserve nothing: the same digest is the same content.
    const existing = context.existing?.isHere ? context.existing : null;
    checkTagsStay(before, addressed.tags, existing?.id ?? null);
    if (request.companionTags.length > 0)
      await this.commits.noteCompanions(manager, before.id, request.companionTags);
    const asWritten = (name: string): string => wanted.contains[request.contains.indexOf(name)] ?? name;
    const plan = { ...opened, ...run, addressed, tags, asWritten };
    if (!existing) return this.insert(manager, request, plan);
    return existing.removed
      ? this.restore(manager, request, plan, existing)
      : this.moveTags(manager, request, plan, existing);
  }

  /** Under the lock: whatever comes at the same moment is there by now, or finds what this one says. */
  private async nameOthers(
    manager: EntityManager,
    request: CommitRequest,
    { before, isNew }: OpenedPackage,
  ): Promise<CommitRequest> {
    const names = isNew ? [] : foreignNamesIn(request);
    if (names.length === 0) return request;
    return nameByIdentity(request, await this.commits.findIdentities(manager, before.id, names));
  }

  private async readContext(
    manager: EntityManager,
    { before, isNew }: OpenedPackage,
    wanted: Parameters<CommitRepository['readAddressed']>[2],
  ): Promise<AddressedContext> {
    // There is nothing in it yet.
    if (isNew) return { tags: [], missing: wanted.contained, isAwaited: false };
    return this.commits.readAddressed(manager, before.id, wanted);
  }

  private async insert(
    manager: EntityManager,
    request: CommitRequest,
    { before, isNew, context, addressed, tags, actor, asWritten }: AddressedPlan,
  ): Promise<Committed> {
    checkContext(request, context, null);
    if (!request.allowMissingContained) checkMissing(addressed.missing, asWritten);
    const next = isNew ? before : nextRevision(before, this.clock.now());
    const { id } = request.version;
    this.commits.insertVersion(manager, null, next, newVersionOf(request, tags));
    if (request.contains.length + request.about.length > 0) {
      const made = { id, packageId: next.id, revision: next.revision };
      await this.commits.insertRelations(manager, made, request);
    }
    if (addressed.isAwaited)
      await this.commits.attach(manager, next.id, otherNamesOf(request), request.version.identity);
    // In a new package there is nothing it could belong to, and the row is as it is to be.
    const counted = { ...next, versionCount: next.versionCount + 1 };
    const after = isNew
      ? next
      : await this.tagMoves.settle(manager, counted, { lives: [id], tags: losersOf(addressed) });
    const spoken = isNew ? after : linking(speaking(after, request), request);
    if (!isNew) await this.packages.save(manager, before, spoken);
    const size = request.files.reduce((sum, file) => sum + file.size, 0);
    const events = [
      ...(isNew ? [packageCreated(spoken)] : linkChanges(before, spoken)),
      versionPublished(spoken, request.version, size),
    ];
    await this.outbox.recordAll(manager, events, actor);
    return createdIn(isNew ? null : before, spoken, id);
  }

  /** A deleted version comes back without the tags that it had: only those that were asked for are on it. */
  private async restore(
    manager: EntityManager,
    request: CommitRequest,
    plan: AddressedPlan,
    { id }: { readonly id: string },
  ): Promise<Committed> {
    const { before, addressed, tags, actor, roomFor, asWritten } = plan;
    if (roomFor !== id) throw new RoomNeeded(returningBy(request, before.id, id));
    const next = nextRevision(before, this.clock.now());
    const shown = await this.showVersions.show(manager, next, id, { withTags: false });
    const back = new Set(shown.versions.map(({ version }) => version));
    const missing = addressed.missing.filter((version) => !back.has(version));
    if (!request.allowMissingContained) checkMissing(missing, asWritten);
    await this.tagMoves.set(manager, next.id, tags, { versionId: id, digest: request.tagDigest });
    if (request.headTag !== null) await this.commits.letSpeak(manager, id);
    const counted = { ...next, versionCount: next.versionCount + shown.listed };
    const after = await this.tagMoves.settle(manager, counted, { tags: [id, ...losersOf(addressed)] });
    const spoken = linking(speaking(after, request), request);
    await this.packages.save(manager, before, spoken);
    const events = [...linkChanges(before, spoken), ...shown.events(spoken)];
    await this.outbox.recordAll(manager, events, actor);
    return createdIn(before, spoken, id, true);
  }

  private async moveTags(
    manager: EntityManager,
    request: CommitRequest,
    { before, addressed, tags, actor }: AddressedPlan,
    { id }: { readonly id: string },
  ): Promise<Committed> {
    const present = new Set(
      addressed.tags.flatMap(({ name, versionId, digest }) =>
        versionId === id && digest === request.tagDigest ? [name] : [],
      ),
    );
    const moving = tags.filter((tag) => !present.has(tag));
    const response = { outcome: 'unchanged' as const, package: factsOf(before), versionId: id };
    if (moving.length === 0) return { response, staleKeys: [] };
    const next = nextRevision(before, this.clock.now());
    await this.tagMoves.set(manager, next.id, moving, { versionId: id, digest: request.tagDigest });
    if (request.headTag !== null) await this.commits.letSpeak(manager, id);
    const settled = await this.tagMoves.settle(manager, next, { tags: [id, ...losersOf(addressed)] });
    const after = linking(speaking(settled, request), request);
    await this.packages.save(manager, before, after);
    const events = [...linkChanges(before, after), packageChanged(after, 'tags', moving)];
    await this.outbox.recordAll(manager, events, actor);
    return { response: { ...response, package: factsOf(after) }, staleKeys: changedKeys(before, after) };
  }
}

/** Whoever received what is published has reserved that, and not what comes back with it. */
function returningBy({ ownerId, files }: CommitRequest, packageId: string, versionId: string): Returning {
  return { ownerId, packageId, versionId, reserved: files.map(({ digests }) => digests.sha256) };
}

/** Versions that had one of the tags. */
function losersOf({ tags }: AddressedContext): string[] {
  return tags.map(({ versionId }) => versionId);
}

function checkMissing(missing: readonly string[], asWritten: AddressedPlan['asWritten']): void {
  if (missing.length === 0) return;
  const told = missing.slice(0, MAX_TOLD).map(asWritten);
  throw new DomainError(
    'invalid_package',
    `The version contains others that are not there: publish ${told.slice(0, 3).join(', ')}${told.length > 3 ? ' …' : ''} first.`,
    { missing: told },
  );
}
