import { Inject, Injectable } from '@nestjs/common';
import {
  authContract,
  blobsContract,
  metadataContract,
  type AuthClient,
  type BlobsClient,
  type MetadataClient,
} from '@packhouse/contracts';
import { InjectClient } from '@packhouse/messaging';
import { LOGGER, type Logger } from '@packhouse/observability';
import type { SignedInCaller } from '../caller';
import type { FormatDefinition, PackageName } from '../format';
import { ContentIntake } from './content-intake';
import { PackageAccess } from './package-access';
import { Publication } from './publication';

/** What a publication needs from the rest of the product. */
export interface PublicationPorts {
  readonly intake: ContentIntake;
  readonly blobs: BlobsClient;
  readonly metadata: MetadataClient;
  readonly auth: AuthClient;
  readonly logger: Logger;
  readonly access: PackageAccess;
}

/**
 * Publishing, the same for every format: authorise, receive files as temporary uploads, then commit. Nothing is
 * visible before the commit, and the commit is one transaction.
 */
@Injectable()
export class PublishFlow {
  private readonly ports: PublicationPorts;

  constructor(
    private readonly access: PackageAccess,
    intake: ContentIntake,
    @InjectClient(blobsContract) blobs: BlobsClient,
    @InjectClient(metadataContract) metadata: MetadataClient,
    @InjectClient(authContract) auth: AuthClient,
    @Inject(LOGGER) logger: Logger,
  ) {
    this.ports = { intake, blobs, metadata, auth, logger, access };
  }

  /** Authorises before the first byte is read. The caller ends the publication with `commit` or `abandon`. */
  async begin(format: FormatDefinition, caller: SignedInCaller, name: PackageName): Promise<Publication> {
    const { owner, facts } = await this.access.openForPublish(format.id, caller, name);
    return new Publication(this.ports, format, caller, name, { owner, facts });
  }
}
