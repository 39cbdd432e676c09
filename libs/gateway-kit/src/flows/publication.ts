import { setTimeout as sleep } from 'node:timers/promises';
import type { BlobUpload, StagedBlob } from '@packhouse/blob-store';
import type {
  BlobRef,
  CommitVersionRequest,
  Dependency,
  MetadataClient,
  PackageFacts,
  PackageScope,
  StagedVersion,
  Visibility,
} from '@packhouse/contracts';
import { isDomainError, newId, type ErrorCode } from '@packhouse/kernel';
import { actorOf, type SignedInCaller } from '../caller';
import type { FormatDefinition, PackageName } from '../format';
import type { Owner } from '../package-lookup';
import { toShared } from '../to-shared';
import type { IncomingContent } from './incoming-content';
import type { PublicationPorts } from './publish';

/** One file of the version, received and staged. */
export interface PublishedFile {
  readonly name: string;
  readonly contentType: string;
  readonly staged: StagedBlob;
}

/** One file of the version whose content is stored already, and that the place may use (`findHeld`, `findContent`). */
export interface KeptFile {
  readonly name: string;
  readonly contentType: string;
  readonly stored: BlobRef;
}

/** What the format's codec made of the upload. */
export interface VersionToPublish {
  readonly version: string;
  readonly identity: string;
  readonly sortKey: string;
  readonly files: readonly (PublishedFile | KeptFile)[];
  readonly fragments: Record<string, string>;
  readonly properties: Record<string, string>;
  readonly packageProperties: Record<string, string>;
  readonly tags: string[];
  readonly headTag: string | null;
  /** What it needs to be installed. */
  readonly dependencies?: readonly Dependency[];
  /** Its identity is a digest of its content; see `commitVersion`. */
  readonly contentAddressed?: boolean;
  /** Other versions of the package that it contains, and that it is about; of content-addressed ones only. */
  readonly contains?: readonly string[];
  readonly about?: readonly string[];
  /** What its tags tell that it is called, where that is not its name. */
  readonly tagDigest?: string | null;
  /** Those of the tags that only serve another version, and which. */
  readonly companionTags?: ReadonlyArray<{ readonly tag: string; readonly version: string }>;
  readonly allowMissingContained?: boolean;
  /** For a package that does not exist yet, or (the repository) whose link is open. */
  readonly visibility: Visibility;
  readonly repositoryId: string | null;
  /** It begins with the access of that repository instead of a grant for its publisher. */
  readonly inheritsAccess: boolean;
  /** Whether a new package belongs to its owner (the default) or to the repository. */
  readonly scope?: PackageScope;
}

export type PublishResult = {
  readonly outcome: 'created' | 'unchanged';
  readonly package: PackageFacts;
  readonly versionId: string;
};

/** After these the commit may have happened all the same: its links stay until the ledger has asked. */
const uncertain: ReadonlySet<ErrorCode> = new Set(['deadline_exceeded', 'unavailable', 'internal']);

const MAX_COMMITS = 5;

/** Where a version will be: `facts` is null for a package that does not exist yet. */
export interface PublicationPlace {
  readonly owner: Owner;
  readonly facts: PackageFacts | null;
}

/** A version on its way in. */
export class Publication {
  readonly versionId = newId();
  private readonly incoming: IncomingContent;
  /** A version may have the content, or may not: what is reserved for it ends when that is known. */
  private isUncertain = false;

  constructor(
    private readonly ports: PublicationPorts,
    private readonly format: FormatDefinition,
    private readonly caller: SignedInCaller,
    private readonly name: PackageName,
    private opened: PublicationPlace,
  ) {
    this.incoming = ports.intake.open(opened.owner.id, this.versionId, format.digests);
  }

  get place(): PublicationPlace {
    return this.opened;
  }

  /** Opens a temporary upload with the digests that the format shows. Its writes reject `quota_exceeded` where the room ends. */
  startUpload(maxBytes: number): Promise<BlobUpload> {
    return this.incoming.startUpload(maxBytes);
  }

  /** Stages content that is in memory, however little room there is: it is counted with its version. */
  stageBytes(bytes: Buffer): Promise<StagedBlob> {
    return this.incoming.stageBytes(bytes);
  }

  /** Makes the version visible, whole. Rejects `version_exists` and `quota_exceeded`; the same bytes again are `unchanged`. */
  async commit(version: VersionToPublish): Promise<PublishResult> {
    await this.requireCreate(version);
    return this.keepContent(version, async () => {
      const result = await this.commitWhereAllowed(version);
      // What was there already, or came back, has its content under its own id.
      if (result.versionId !== this.versionId) await this.dropLinks();
      else if (result.outcome === 'created' && result.packageCreated)
        await this.grantPublisher(result.package);
      return result;
    });
  }

  /**
   * The right was asked for a package or for a free name. When the name stands for another package by now (somebody
   * made it, or deleted it, at the same moment), the right to that one is asked for before anything is published.
   */
  private async commitWhereAllowed(
    wanted: VersionToPublish,
  ): Promise<Awaited<ReturnType<MetadataClient['commitVersion']>>> {
    let version = wanted;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const request = this.describe(version);
        const expectedId = this.place.facts?.id ?? null;
        return await this.ports.metadata.commitVersion({
          ...request,
          package: { ...request.package, expectedId },
        });
      } catch (error) {
        if (!isDomainError(error, 'revision_conflict') || attempt === MAX_COMMITS) throw error;
      }
      // Whoever made it commits before telling this process.
      await sleep(attempt * 20);
      this.opened = await this.ports.access.openForPublish(this.format.id, this.caller, this.name);
      await this.requireCreate(version);
      // It was planned for another package: nobody asked whether this one may be linked.
      if (this.opened.facts) version = { ...wanted, repositoryId: null, inheritsAccess: false };
    }
  }

  /** Puts the version aside until somebody approves it. */
  async stage(version: VersionToPublish): Promise<StagedVersion> {
    await this.requireCreate(version);
    return this.keepContent(
      version,
      async () => (await this.ports.metadata.stageVersion(this.describe(version))).staged,
    );
  }

  /** Only now it is known what a new package will be; whether the owner lets the caller make that is another question. */
  private async requireCreate({
    visibility: newVisibility,
    repositoryId,
    scope,
  }: VersionToPublish): Promise<void> {
    const { owner, facts } = this.place;
    if (facts) return;
    const { name } = this.name;
    await this.ports.access.requireCreate(this.caller, {
      ...{ format: this.format.id, owner, name, newVisibility, repositoryId, scope },
    });
  }

  /**
   * Links the content, gives it its address, and only then records what uses it: whatever stops the process between
   * two of these, a recorded version has its bytes, and bytes without a version are collected.
   */
  private async keepContent<T>(version: VersionToPublish, record: () => Promise<T>): Promise<T> {
    const { blobs } = this.ports;
    const links = linksOf(version.files);
    await this.incoming.settle(links);
    await blobs.linkBlobs({ versionId: this.versionId, blobs: links });
    try {
      await this.incoming.promote();
      return await record();
    } catch (error) {
      this.isUncertain = isDomainError(error) && uncertain.has(error.code);
      if (!this.isUncertain) await this.dropLinks();
      throw error;
    }
  }

  /** Drops whatever was received and not committed, and what was reserved for it: a version counts by itself. Safe at any time. */
  async abandon(): Promise<void> {
    await this.incoming.drop();
    if (!this.isUncertain) await this.incoming.release();
  }

  private describe(version: VersionToPublish): CommitVersionRequest {
    const { name, nameKey, apiName } = this.name;
    const { versionId: id, format, place } = this;
    return {
      format: format.id,
      ownerId: place.owner.id,
      package: {
        ...{ name, nameKey, apiName, ownerLogin: place.owner.login, visibility: version.visibility },
        ...{ repositoryId: version.repositoryId, inheritsAccess: version.inheritsAccess },
        scope: version.scope ?? 'owner',
      },
      version: { id, version: version.version, identity: version.identity, sortKey: version.sortKey },
      files: version.files.map((file) => ({
        ...{ name: file.name, contentType: file.contentType },
        ...contentOf(file),
      })),
      fragments: version.fragments,
      properties: version.properties,
      packageProperties: version.packageProperties,
      tags: version.tags,
      headTag: version.headTag,
      dependencies: [...(version.dependencies ?? [])],
      contentAddressed: version.contentAddressed ?? false,
      contains: [...(version.contains ?? [])],
      about: [...(version.about ?? [])],
      tagDigest: version.tagDigest ?? null,
      companionTags: [...(version.companionTags ?? [])],
      allowMissingContained: version.allowMissingContained ?? false,
      actor: actorOf(this.caller),
    };
  }

  /**
   * Whoever publishes first administers the package; after a workflow, the workflows of its repository do. The
   * permission service does the same on the event, should this be lost.
   */
  private async grantPublisher(made: PackageFacts): Promise<void> {
    const { accountId, workflow } = this.caller.principal;
    const { auth, logger } = this.ports;
    const { id: packageId, ownerId } = made;
    const actor = actorOf(this.caller);
    try {
      if (workflow === null) {
        if (accountId !== ownerId && !made.inheritsAccess)
          await auth.setGrant({ ...toShared(made), accountId, role: 'admin', actor });
      } else if (workflow.repositoryId !== null && workflow.repositoryId === made.repositoryId) {
        const { repositoryId } = workflow;
        await auth.setWorkflowGrant({ packageId, ownerId, repositoryId, role: 'admin', actor });
      }
    } catch (error) {
      logger.warn({ packageId, error }, 'The publisher gets the grant later, from the event');
    }
  }

  private async dropLinks(): Promise<void> {
    try {
      await this.ports.blobs.dropProvisionalLinks({ versionId: this.versionId });
    } catch (error) {
      this.ports.logger.warn(
        { versionId: this.versionId, error },
        'Provisional links stay until they expire',
      );
    }
  }
}

function contentOf(file: PublishedFile | KeptFile): BlobRef {
  const { size, digests } = 'staged' in file ? file.staged : file.stored;
  return { size, digests };
}

/** Several files may have the same content, which is linked once. */
function linksOf(files: readonly (PublishedFile | KeptFile)[]): BlobRef[] {
  return [...new Map(files.map(contentOf).map((blob) => [blob.digests.sha256, blob])).values()];
}
