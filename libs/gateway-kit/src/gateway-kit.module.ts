import { Module } from '@nestjs/common';
import { AccessCheck } from './access-check';
import { Callers } from './caller';
import { DocumentCache } from './document-cache';
import { DownloadCounter } from './download-counter';
import { FileReader } from './file-reader';
import { FileSender } from './file-sender';
import { ContentIntake } from './flows/content-intake';
import { PackageAccess } from './flows/package-access';
import { PublishFlow } from './flows/publish';
import { PullFlow } from './flows/pull';
import { UploadSessions } from './flows/upload-sessions';
import { HandOff } from './hand-off';
import { PackageLookup } from './package-lookup';
import { ReadRecorder } from './read-recorder';
import { RequestLimits } from './request-limits';
import { SecondFactor } from './second-factor';
import { StorageQuota } from './storage-quota';

const parts = [
  AccessCheck,
  Callers,
  ContentIntake,
  DocumentCache,
  DownloadCounter,
  FileReader,
  FileSender,
  HandOff,
  PackageAccess,
  PackageLookup,
  PublishFlow,
  PullFlow,
  ReadRecorder,
  RequestLimits,
  SecondFactor,
  StorageQuota,
  UploadSessions,
];

/** What every gateway is made of; one instance serves all gateways of a process. */
@Module({ providers: parts, exports: parts })
export class GatewayKitModule {}
