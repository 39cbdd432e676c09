import { metadataContract } from '@packhouse/contracts';
import { defineService } from '@packhouse/runtime';
import { ForgetDownloadBatches } from './jobs/forget-download-batches.job';
import { PurgeDeleted } from './jobs/purge-deleted.job';
import { metadataSettings } from './metadata-settings';
import { MetadataModule } from './metadata.module';
import { AddFileUrl1767600000000 } from './persistence/migrations/add-file-url';
import { CreateMetadata1767225600000 } from './persistence/migrations/create-metadata';
import { CreateRetiredNames1767700000000 } from './persistence/migrations/create-retired-names';
import { CreateStagedVersion1767312000000 } from './persistence/migrations/create-staged-version';
import { KeepDeletedContent1767500000000 } from './persistence/migrations/keep-deleted-content';
import { IndexInheritingPackages1767500600000 } from './persistence/migrations/index-inheriting-packages';
import { IndexPackagesByCreation1767500300000 } from './persistence/migrations/index-packages-by-creation';
import { MarkSpeakingVersions1767800300000 } from './persistence/migrations/mark-speaking-versions';
import { NameCompanionTags1767800900000 } from './persistence/migrations/name-companion-tags';
import { NameFormatsWhole1767700500000 } from './persistence/migrations/name-formats-whole';
import { NameTaggedDigests1767900000000 } from './persistence/migrations/name-tagged-digests';
import { NumberPackages1767400000000 } from './persistence/migrations/number-packages';
import { OpenLinks1768000000000 } from './persistence/migrations/open-links';
import { RelateVersions1767800000000 } from './persistence/migrations/relate-versions';

/** Owner of packages, versions, files, tags and search. */
export const metadataService = defineService({
  name: 'metadata',
  module: MetadataModule,
  contract: metadataContract,
  schema: {
    name: 'metadata',
    entities: [],
    migrations: [
      CreateMetadata1767225600000,
      CreateStagedVersion1767312000000,
      NumberPackages1767400000000,
      KeepDeletedContent1767500000000,
      IndexPackagesByCreation1767500300000,
      IndexInheritingPackages1767500600000,
      AddFileUrl1767600000000,
      CreateRetiredNames1767700000000,
      NameFormatsWhole1767700500000,
      RelateVersions1767800000000,
      MarkSpeakingVersions1767800300000,
      NameCompanionTags1767800900000,
      NameTaggedDigests1767900000000,
      OpenLinks1768000000000,
    ],
  },
  jobs: [ForgetDownloadBatches, PurgeDeleted],
  settings: metadataSettings,
});
