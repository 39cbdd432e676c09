import { Module } from '@nestjs/common';
import { metadataContract } from '@packhouse/contracts';
import { maintenanceController } from '@packhouse/jobs';
import { systemClock } from '@packhouse/kernel';
import { CLOCK } from './clock-token';
import { ConnectionsController } from './handlers/connections.controller';
import { DownloadsController } from './handlers/downloads.controller';
import { FormatsController } from './handlers/formats.controller';
import { ImpactController } from './handlers/impact.controller';
import { LifecycleController } from './handlers/lifecycle.controller';
import { LinksController } from './handlers/links.controller';
import { OwnerEventsController } from './handlers/owner-events.controller';
import { PackageListsController } from './handlers/package-lists.controller';
import { PackageNamesController } from './handlers/package-names.controller';
import { PackagesController } from './handlers/packages.controller';
import { RelationsController } from './handlers/relations.controller';
import { RetiredNamesController } from './handlers/retired-names.controller';
import { StagedVersionsController } from './handlers/staged-versions.controller';
import { StorageController } from './handlers/storage.controller';
import { StarsController } from './handlers/stars.controller';
import { SummariesController } from './handlers/summaries.controller';
import { TagsController } from './handlers/tags.controller';
import { VersionChangesController } from './handlers/version-changes.controller';
import { VersionsController } from './handlers/versions.controller';
import { ForgetDownloadBatches } from './jobs/forget-download-batches.job';
import { PurgeDeleted } from './jobs/purge-deleted.job';
import { CompleteReadables } from './persistence/complete-readables';
import { CommitRepository } from './persistence/commit.repository';
import { DeletionRepository } from './persistence/deletion.repository';
import { DescriptionRepository } from './persistence/description.repository';
import { DownloadRepository } from './persistence/download.repository';
import { EditRepository } from './persistence/edit.repository';
import { FormatRepository } from './persistence/format.repository';
import { KeptLists } from './persistence/kept-lists';
import { KeptPagedPackages } from './persistence/kept-paged-packages';
import { ImpactRepository } from './persistence/impact.repository';
import { OwnedPackageRepository } from './persistence/owned-package.repository';
import { PackageListRepository } from './persistence/package-list.repository';
import { PackageConnectionRepository } from './persistence/package-connection.repository';
import { PackageNameRepository } from './persistence/package-name.repository';
import { PackageRepository } from './persistence/package.repository';
import { PurgeRepository } from './persistence/purge.repository';
import { RelationReadRepository } from './persistence/relation-read.repository';
import { RelationRepository } from './persistence/relation.repository';
import { RetiredNameRepository } from './persistence/retired-name.repository';
import { SearchRepository } from './persistence/search.repository';
import { StagedRepository } from './persistence/staged.repository';
import { StarRepository } from './persistence/star.repository';
import { StorageRepository } from './persistence/storage.repository';
import { VersionListRepository } from './persistence/version-list.repository';
import { VersionConnectionRepository } from './persistence/version-connection.repository';
import { VersionRepository } from './persistence/version.repository';
import { AnnounceFormat } from './use-cases/announce-format';
import { ApproveStagedVersion } from './use-cases/approve-staged-version';
import { CommitAddressed } from './use-cases/commit-addressed';
import { CommitNumbered } from './use-cases/commit-numbered';
import { CommitVersion } from './use-cases/commit-version';
import { CountDownloads } from './use-cases/count-downloads';
import { DeletionRules } from './use-cases/deletion-rules';
import { DescribePackage } from './use-cases/describe-package';
import { EditPackage } from './use-cases/edit-package';
import { FindFile } from './use-cases/find-file';
import { FindLiveVersions } from './use-cases/find-live-versions';
import { FindPackage } from './use-cases/find-package';
import { FindStagedVersion } from './use-cases/find-staged-version';
import { FindVersion } from './use-cases/find-version';
import { FollowOwners } from './use-cases/follow-owners';
import { FreeRetiredName } from './use-cases/free-retired-name';
import { FreeVersion } from './use-cases/free-version';
import { GetPackages } from './use-cases/get-packages';
import { LinkRepository } from './use-cases/link-repository';
import { GetVersionTexts } from './use-cases/get-version-texts';
import { ListFormats } from './use-cases/list-formats';
import { ListPackages } from './use-cases/list-packages';
import { ListRetiredNames } from './use-cases/list-retired-names';
import { ListStagedVersions } from './use-cases/list-staged-versions';
import { ListStarred } from './use-cases/list-starred';
import { ListVersions } from './use-cases/list-versions';
import { MoveTag } from './use-cases/move-tag';
import { OpenCommit } from './use-cases/open-commit';
import { PurgeContent } from './use-cases/purge-content';
import { ReadRelations } from './use-cases/read-relations';
import { RecordDownloads } from './use-cases/record-downloads';
import { RejectStagedVersion } from './use-cases/reject-staged-version';
import { RemovePackage } from './use-cases/remove-package';
import { RemoveTag } from './use-cases/remove-tag';
import { RemoveVersions } from './use-cases/remove-versions';
import { RestorePackage } from './use-cases/restore-package';
import { RestoreRoom } from './use-cases/restore-room';
import { RestoreVersion } from './use-cases/restore-version';
import { RestoreWindow } from './use-cases/restore-window';
import { RetiredNameRules } from './use-cases/retired-name-rules';
import { SearchPackages } from './use-cases/search-packages';
import { SetPackageProperties } from './use-cases/set-package-properties';
import { SetStar } from './use-cases/set-star';
import { SetTagRules } from './use-cases/set-tag-rules';
import { SetVisibility } from './use-cases/set-visibility';
import { ShowVersions } from './use-cases/show-versions';
import { Speaker } from './use-cases/speaker';
import { StageVersion } from './use-cases/stage-version';
import { Summarize } from './use-cases/summarize';
import { TagMoves } from './use-cases/tag-moves';
import { UpdateVersions } from './use-cases/update-versions';

const controllers = [
  maintenanceController(metadataContract),
  FormatsController,
  PackagesController,
  LifecycleController,
  ImpactController,
  LinksController,
  OwnerEventsController,
  RetiredNamesController,
  SummariesController,
  PackageListsController,
  PackageNamesController,
  ConnectionsController,
  VersionsController,
  VersionChangesController,
  StagedVersionsController,
  RelationsController,
  TagsController,
  StarsController,
  StorageController,
  DownloadsController,
];

const repositories = [
  CommitRepository,
  CompleteReadables,
  DeletionRepository,
  DescriptionRepository,
  DownloadRepository,
  EditRepository,
  FormatRepository,
  ImpactRepository,
  KeptLists,
  KeptPagedPackages,
  OwnedPackageRepository,
  PackageListRepository,
  PackageConnectionRepository,
  PackageNameRepository,
  PackageRepository,
  PurgeRepository,
  RelationReadRepository,
  RelationRepository,
  RetiredNameRepository,
  SearchRepository,
  StagedRepository,
  StarRepository,
  StorageRepository,
  VersionListRepository,
  VersionConnectionRepository,
  VersionRepository,
];

const useCases = [
  AnnounceFormat,
  ApproveStagedVersion,
  CommitAddressed,
  CommitNumbered,
  CommitVersion,
  CountDownloads,
  DeletionRules,
  DescribePackage,
  EditPackage,
  FindFile,
  FindLiveVersions,
  FindPackage,
  FindStagedVersion,
  FindVersion,
  FollowOwners,
  FreeRetiredName,
  FreeVersion,
  GetPackages,
  LinkRepository,
  GetVersionTexts,
  ListFormats,
  ListPackages,
  ListRetiredNames,
  ListStagedVersions,
  ListStarred,
  ListVersions,
  MoveTag,
  OpenCommit,
  PurgeContent,
  ReadRelations,
  RecordDownloads,
  RejectStagedVersion,
  RemovePackage,
  RemoveTag,
  RemoveVersions,
  RestorePackage,
  RestoreRoom,
  RestoreVersion,
  RestoreWindow,
  RetiredNameRules,
  SearchPackages,
  SetPackageProperties,
  SetStar,
  SetTagRules,
  SetVisibility,
  ShowVersions,
  Speaker,
  StageVersion,
  Summarize,
  TagMoves,
  UpdateVersions,
];

/** Packages, versions, files, tags and search. Database, outbox and invalidations come from the platform. */
@Module({
  controllers,
  providers: [
    { provide: CLOCK, useValue: systemClock },
    ForgetDownloadBatches,
    PurgeDeleted,
    ...repositories,
    ...useCases,
  ],
})
export class MetadataModule {}
