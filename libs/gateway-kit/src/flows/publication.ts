import type { BlobUpload, StagedBlob } from '@packhouse/blob-store';
import type { PackageFacts, Visibility } from '@packhouse/contracts';
import { isDomainError, newId, type ErrorCode } from '@packhouse/kernel';
import type { SignedInCaller } from '../caller';
import type { FormatDefinition, PackageName } from '../format';
import type { Owner } from '../package-lookup';
import type { PublicationPorts } from './publish';

/** One file of the version, received and staged. */
export interface PublishedFile {
  readonly name: string;
  readonly contentType: string;
  readonly staged: StagedBlob;
}

/** What the format's codec made of the upload. */
export interface VersionToPublish {
  readonly version: string;
  readonly identity: string;
  readonly sortKey: string;
  readonly files: readonly PublishedFile[];
  readonly fragments: Record<string, string>;
  readonly properties: Record<string, string>;
  readonly packageProperties: Record<string, string>;
  readonly tags: string[];
  readonly headTag: string | null;
  /** For a package that does not exist yet. */
  readonly visibility: Visibility;
  readonly repositoryId: string | null;
}

export type PublishResult = {
  readonly outcome: 'created' | 'unchanged';
  readonly package: PackageFacts;
  readonly versionId: string;
};

/** After these the commit may have happened all the same: its links stay until the ledger has asked. */
const uncertain: ReadonlySet<ErrorCode> = new Set(['deadline_exceeded', 'unavailable', 'internal']);

/** A version on its way in. */
export class Publication {
  readonly versionId = newId();
  private readonly uploads: BlobUpload[] = [];
  private readonly staged: StagedBlob[] = [];

  constructor(
    private readonly ports: PublicationPorts,
    private readonly format: FormatDefinition,
    private readonly caller: SignedInCaller,
    private readonly name: PackageName,
    /** Where it will be: `facts` is null for a package that does not exist yet. */
    readonly place: { readonly owner: Owner; readonly facts: PackageFacts | null },
  ) {}

  /** Opens a temporary upload with the digests that the format shows. */
  async startUpload(maxBytes: number): Promise<BlobUpload> {
    const upload = await this.ports.store.startUpload({ algorithms: this.format.digests, maxBytes });
    this.uploads.push(upload);
    return {
      write: (chunk) => upload.write(chunk),
      abort: () => upload.abort(),
      finish: async () => {
        const staged = await upload.finish();
        this.staged.push(staged);
        return staged;
      },
    };
  }

  /**
   * Links the content, gives it its address, and makes the version visible, in this order: whatever stops the process
   * between two of them, a visible version has its bytes and bytes without a version are collected.
   */
  async commit(version: VersionToPublish): Promise<PublishResult> {
    const { blobs, store } = this.ports;
    const links = version.files.map(({ staged }) => ({ size: staged.size, digests: staged.digests }));
    await blobs.linkBlobs({ versionId: this.versionId, blobs: links });
    try {
      for (const { staged } of version.files) await store.promote(staged);
      const result = await this.commitMetadata(version);
      if (result.outcome === 'unchanged') await this.dropLinks();
      else if (result.packageCreated) await this.grantPublisher(result.package.id);
      return result;
    } catch (error) {
      if (!isDomainError(error) || !uncertain.has(error.code)) await this.dropLinks();
      throw error;
    }
  }

  /** Drops whatever was received and not committed; safe at any time. */
  async abandon(): Promise<void> {
    await Promise.allSettled(this.uploads.map((upload) => upload.abort()));
    await Promise.allSettled(this.staged.map((staged) => this.ports.store.discard(staged)));
  }

  private commitMetadata(version: VersionToPublish) {
    const { principal } = this.caller;
    return this.ports.metadata.commitVersion({
      format: this.format.id,
      ownerId: this.place.owner.id,
      package: {
        name: this.name.name,
        nameKey: this.name.nameKey,
        visibility: version.visibility,
        repositoryId: version.repositoryId,
      },
      version: {
        id: this.versionId,
        version: version.version,
        identity: version.identity,
        sortKey: version.sortKey,
      },
      files: version.files.map(({ name, contentType, staged }) => ({
        name,
        contentType,
        size: staged.size,
        digests: staged.digests,
      })),
      fragments: version.fragments,
      properties: version.properties,
      packageProperties: version.packageProperties,
      tags: version.tags,
      headTag: version.headTag,
      actor: { accountId: principal.accountId, login: principal.login },
    });
  }

  /** Whoever publishes first administers the package. The permission service does the same on the event, should this be lost. */
  private async grantPublisher(packageId: string): Promise<void> {
    const { accountId, login } = this.caller.principal;
    if (accountId === this.place.owner.id) return;
    try {
      await this.ports.auth.setGrant({ packageId, accountId, role: 'admin', actor: { accountId, login } });
    } catch (error) {
      this.ports.logger.warn({ packageId, error }, 'The publisher gets the grant later, from the event');
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
