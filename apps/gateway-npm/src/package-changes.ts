import { Injectable } from '@nestjs/common';
import { authContract, metadataContract, type AuthClient, type MetadataClient } from '@packhouse/contracts';
import { actorOf, InjectClient, toShared, type SignedInCaller } from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import { fragmentKinds, setDeprecated } from './codec/fragments';
import { type NpmPackage } from './npm-packages';
import { eachVersion } from './each-version';

type OpenPackage = NpmPackage<SignedInCaller>;

interface VersionChange {
  readonly id: string;
  readonly properties: Record<string, string | null>;
  readonly fragments: Record<string, string>;
}

/** What one message of changes may hold, in characters and in versions. */
const BATCH_CHARACTERS = 300_000;
const BATCH_VERSIONS = 200;

/** The changes that clients make by sending a document back: only what the operation is about is taken from it. */
@Injectable()
export class PackageChanges {
  constructor(
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
    @InjectClient(authContract) private readonly auth: AuthClient,
  ) {}

  /** Sets and removes deprecation messages; versions that are not named, or say what they said, stay as they are (A4.2). */
  async deprecate(
    { facts, caller }: OpenPackage,
    messages: ReadonlyMap<string, string | null>,
  ): Promise<void> {
    const changes = new Map<string, VersionChange>();
    for (const kind of fragmentKinds) {
      for await (const { id, version, removed, properties, fragment } of eachVersion(
        this.metadata,
        facts.id,
        kind,
      )) {
        const message = messages.get(version);
        if (
          removed ||
          fragment === null ||
          message === undefined ||
          (properties['deprecated'] ?? null) === message
        )
          continue;
        const change = changes.get(id) ?? { id, properties: { deprecated: message }, fragments: {} };
        change.fragments[kind] = setDeprecated(fragment, message);
        changes.set(id, change);
      }
    }
    for (const versions of batches([...changes.values()])) {
      await this.metadata.updateVersions({ packageId: facts.id, versions, actor: actorOf(caller) });
    }
  }

  /** Only the caller's own star: present in the document or not. */
  async star({ facts, caller }: NpmPackage<SignedInCaller>, stars: ReadonlySet<string>): Promise<void> {
    const starred = stars.has(caller.principal.login.toLowerCase());
    await this.metadata.setStar({ packageId: facts.id, starred, actor: actorOf(caller) });
  }

  /** Makes these accounts, and no others, the ones who may publish (A4.3). Grants to read only are not npm's business. */
  async setOwners({ facts, owner, caller }: OpenPackage, names: readonly string[]): Promise<void> {
    const packageId = facts.id;
    const wanted = new Map<string, string>();
    for (const login of names) {
      const { account } = await this.auth.findAccount({ login });
      if (account?.kind !== 'user') throw new DomainError('not_found', `There is no user "${login}" here.`);
      wanted.set(account.id, account.login);
    }
    if (owner.kind === 'user' && !wanted.has(owner.id)) {
      throw new DomainError(
        'forbidden',
        `${facts.name} belongs to ${owner.login}, who cannot be removed from its owners.`,
      );
    }
    const { grants } = await this.auth.listGrants({ packageId });
    const actor = actorOf(caller);
    const shared = toShared(facts);
    for (const accountId of wanted.keys()) {
      const isThere =
        accountId === owner.id ||
        grants.some((grant) => grant.accountId === accountId && grant.role !== 'read');
      if (!isThere) await this.auth.setGrant({ ...shared, accountId, role: 'admin', actor });
    }
    for (const { accountId, role } of grants) {
      if (role !== 'read' && !wanted.has(accountId))
        await this.auth.removeGrant({ ...shared, accountId, actor });
    }
    // The document shows the owners: a new revision is what makes readers see them.
    await this.metadata.setPackageProperties({
      packageId,
      properties: { 'owners-changed': new Date().toISOString() },
      actor,
    });
  }

  /** Removes the versions that the document no longer has; those published since it was read are saved by the revision. */
  async unpublish(
    { facts, caller }: OpenPackage,
    remaining: ReadonlySet<string>,
    expectedRevision: number,
  ): Promise<void> {
    const versionIds: string[] = [];
    for await (const { id, version, removed } of eachVersion(this.metadata, facts.id, null)) {
      if (!removed && !remaining.has(version)) versionIds.push(id);
    }
    if (versionIds.length === 0) return;
    if (versionIds.length > 1000)
      throw new DomainError('invalid_request', 'At most 1000 versions are removed at once.');
    await this.metadata.removeVersions({
      packageId: facts.id,
      versionIds,
      expectedRevision,
      headTag: 'latest',
      actor: actorOf(caller),
    });
  }
}

function* batches(changes: readonly VersionChange[]): Generator<VersionChange[]> {
  let batch: VersionChange[] = [];
  let size = 0;
  for (const change of changes) {
    const length = JSON.stringify(change).length;
    if (batch.length > 0 && (batch.length >= BATCH_VERSIONS || size + length > BATCH_CHARACTERS)) {
      yield batch;
      batch = [];
      size = 0;
    }
    batch.push(change);
    size += length;
  }
  if (batch.length > 0) yield batch;
}
