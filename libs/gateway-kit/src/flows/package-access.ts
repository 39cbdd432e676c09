import { Injectable } from '@nestjs/common';
import type { PackageAction, PackageFacts, Visibility } from '@packhouse/contracts';
import { DomainError, isDomainError } from '@packhouse/kernel';
import { AccessCheck, type FreePlace } from '../access-check';
import type { Caller } from '../caller';
import type { PackageName } from '../format';
import { ReadRecorder } from '../read-recorder';
import { PackageLookup, type KnownOwner, type Owner } from '../package-lookup';

/** A package that the caller may use as asked. */
export interface OpenedPackage {
  readonly owner: KnownOwner;
  readonly facts: PackageFacts;
}

/** The first step of every flow: find the package and make sure of the right, without giving existence away. */
@Injectable()
export class PackageAccess {
  constructor(
    private readonly lookup: PackageLookup,
    private readonly access: AccessCheck,
    private readonly reads: ReadRecorder,
  ) {}

  /**
   * Rejects `unauthenticated` (anonymous), `not_found` (absent or not readable), `forbidden` (readable, but not this). What
   * is opened for reading is in the audit log as read, where that is wanted.
   */
  async open(
    format: string,
    caller: Caller,
    action: PackageAction,
    name: PackageName,
  ): Promise<OpenedPackage> {
    const opened = await this.find(format, caller, action, name);
    const noted = action === 'read' ? this.reads.noteRead(caller, opened) : undefined;
    if (noted) await noted;
    return opened;
  }

  /** What {@link open} gives for reading, if that is known without asking and nobody wants the read recorded. */
  recall(format: string, caller: Caller, name: PackageName): OpenedPackage | null {
    const opened = this.lookup.recall(format, name.ownerLogin, name.nameKey);
    if (!opened || opened.owner.auditReads === 'all') return null;
    return this.access.recallsRead(caller, opened.facts, name.name) ? opened : null;
  }

  /** As {@link open}, for callers that record what is read themselves. */
  async find(
    format: string,
    caller: Caller,
    action: PackageAction,
    name: PackageName,
  ): Promise<OpenedPackage> {
    const owner = await this.lookup.findOwner(name.ownerLogin);
    const facts = owner && (await this.lookup.findPackage(format, owner.id, name.nameKey));
    if (owner && facts) {
      await this.access.require(caller, action, owner, facts, { name: name.name });
      return { owner, facts };
    }
    const place = owner && placeOf(format, owner, name);
    if (place) await this.access.requireUnseen(caller, action, place);
    // Whoever might create it is told of its absence, in the words that a hidden one gets.
    if (place && action !== 'read') await this.access.requireUnseen(caller, 'read', place);
    throw absent(caller, name);
  }

  /**
   * The place where a version will be published: an existing package, or a name under an owner (`facts: null`). What a
   * new package will be is not known yet: it is enough that the caller may make one of some visibility, and
   * {@link requireCreate} follows.
   */
  async openForPublish(
    format: string,
    caller: Caller,
    name: PackageName,
  ): Promise<{ owner: KnownOwner; facts: PackageFacts | null }> {
    if (!caller.principal)
      throw new DomainError(
        'unauthenticated',
        'Sign in to publish: this registry takes no anonymous uploads.',
      );
    const owner = await this.lookup.findOwner(name.ownerLogin);
    if (!owner) {
      throw new DomainError(
        'forbidden',
        `There is no user or organization "${name.ownerLogin}" here to publish ${name.name} under: ask an administrator to create it, or publish under your own login (not_found: owner not found).`,
      );
    }
    const facts = await this.lookup.findPackage(format, owner.id, name.nameKey);
    await this.requireAny(newVisibilities[owner.kind] ?? ['private'], (newVisibility) =>
      facts
        ? this.access.require(caller, 'write', owner, facts, { name: name.name, newVisibility })
        : this.access.requireCreate(caller, { ...placeOf(format, owner, name), newVisibility }),
    );
    if (!facts && name.ofRepository?.id === null) throw withoutRepository(owner, name);
    return { owner, facts };
  }

  /** Resolves when the caller may make just this package. */
  requireCreate(caller: Caller, place: FreePlace): Promise<void> {
    return this.access.requireCreate(caller, place);
  }

  /** The first refusal is the answer: the others would differ in what the caller did not ask for. */
  private async requireAny(
    visibilities: readonly Visibility[],
    ask: (visibility: Visibility) => Promise<void>,
  ): Promise<void> {
    let refusal: unknown;
    for (const visibility of visibilities) {
      try {
        return await ask(visibility);
      } catch (error) {
        if (!isDomainError(error, 'forbidden')) throw error;
        refusal ??= error;
      }
    }
    throw refusal;
  }
}

function placeOf(format: string, owner: Owner, { name, ofRepository }: PackageName): FreePlace {
  const place = { format, owner, name };
  return ofRepository ? { ...place, scope: 'repository', repositoryId: ofRepository.id } : place;
}

/** Said only to who may create packages of this owner anyway: nobody learns from it which repositories there are. */
function withoutRepository(owner: Owner, { name }: PackageName): DomainError {
  return new DomainError(
    'forbidden',
    `"${owner.login}" has no repository to which ${name} could belong: create the repository first (not_found: repository not found).`,
  );
}

/** What packages can be at their first publish, the usual one first; policies of organizations refuse some. */
const newVisibilities: Partial<Record<Owner['kind'], readonly Visibility[]>> = {
  user: ['private'],
  organization: ['private', 'public', 'internal'],
};

/** The answer where not even the owner exists, or where the caller may know that the package does not. */
function absent(caller: Caller, name: PackageName): DomainError {
  return caller.principal
    ? new DomainError('not_found', `${name.name} is not in this registry, or you may not see it.`)
    : new DomainError(
        'unauthenticated',
        `${name.name} is not public here: sign in, or configure an access token that may read it.`,
      );
}
