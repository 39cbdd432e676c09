import { copyFile, lstat, open, unlink } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { constants } from 'node:fs';
import { DomainError, MultiDigest } from '@packhouse/kernel';
import type { Logger } from '@packhouse/observability';
import type { ResumableUpload, ResumeOptions, UploadState } from './blob-store';
import { DigestMemory } from './digest-memory';
import { codeOf } from './failure-code';
import { ResumableDiskUpload } from './resumable-disk-upload';
import { uploadGone } from './upload-faults';

/** Files of uploads that go on belong to no process: the sweep of what dead ones left does not know them. */
const RESUMABLE_PREFIX = 'session-';

interface DiskState {
  readonly file: string;
  readonly received: number;
  readonly mark: string;
}

const fileShape = /^session-[0-9a-f-]{36}$/;

export function isResumable(file: string): boolean {
  return fileShape.test(file);
}

/** What the store lends to its resumable uploads. */
export interface DiskResumeParts {
  readonly uploads: string;
  readonly fsync: boolean;
  readonly logger: Logger;
  syncFolder(): Promise<void>;
  onSyncing(uploadId: string, durable: Promise<void>): void;
}

/** The resumable uploads of a disk store: one file each, in the folder of all uploads. */
export class DiskResume {
  private readonly digests = new DigestMemory();

  constructor(private readonly parts: DiskResumeParts) {}

  async resume(options: ResumeOptions): Promise<ResumableUpload> {
    const { state, algorithms, maxBytes } = options;
    if (state === null) {
      const file = `${RESUMABLE_PREFIX}${randomUUID()}`;
      return this.open(
        file,
        { algorithms, maxBytes, received: 0, digest: new MultiDigest(algorithms) },
        false,
      );
    }
    const { file, received, mark } = readState(state);
    const digest = this.digests.takeFor({ mark, received }, algorithms);
    const place = await this.cut(file, received, options.interrupted);
    return this.open(place, { algorithms, maxBytes, received, digest }, true);
  }

  async drop(state: UploadState): Promise<void> {
    const { file, mark } = readState(state);
    this.digests.take(mark);
    await unlink(join(this.parts.uploads, file)).catch(ignoreMissing);
  }

  /**
   * Cuts off what came after the state was written. A writer that was cut off may still have the file open: it keeps that
   * one, and this upload goes on in a copy.
   */
  private async cut(file: string, received: number, interrupted: boolean): Promise<string> {
    const path = join(this.parts.uploads, file);
    const found = await lstat(path).catch(ignoreMissing);
    if (!found?.isFile() || found.size < received) throw uploadGone();
    const place = interrupted ? `${RESUMABLE_PREFIX}${randomUUID()}` : file;
    const copy = join(this.parts.uploads, place);
    if (interrupted) await copyFile(path, copy, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
    if (interrupted || found.size > received) await this.shorten(copy, received, interrupted);
    // Only now: a crash before this line leaves the old one for the sweep.
    return place;
  }

  private async shorten(path: string, received: number, isNew: boolean): Promise<void> {
    const handle = await open(path, constants.O_RDWR | constants.O_NOFOLLOW);
    try {
      await handle.truncate(received);
      if (this.parts.fsync && isNew) await Promise.all([handle.sync(), this.parts.syncFolder()]);
    } finally {
      await handle.close();
    }
  }

  private open(
    file: string,
    terms: Pick<ResumeOptions, 'algorithms' | 'maxBytes'> & { received: number; digest: MultiDigest | null },
    hasFile: boolean,
  ): ResumableUpload {
    const { fsync, logger, uploads } = this.parts;
    const { received, digest, ...limits } = terms;
    const target = {
      path: join(uploads, file),
      fsync,
      logger,
      syncFolder: () => this.parts.syncFolder(),
      stateOf: (length: number, mark: string) =>
        JSON.stringify({ file, received: length, mark } satisfies DiskState),
      keepDigest: (mark: string, kept: MultiDigest) => this.digests.keep(mark, kept),
      onSyncing: (durable: Promise<void>) => this.parts.onSyncing(file, durable),
    };
    return new ResumableDiskUpload(
      target,
      { uploadId: file, ...limits, before: { received, digest } },
      hasFile,
    );
  }
}

function readState(text: UploadState): DiskState {
  const state = JSON.parse(text) as Partial<DiskState>;
  const { file, received, mark } = state;
  if (typeof file !== 'string' || !fileShape.test(file) || typeof mark !== 'string' || !isLength(received))
    throw new DomainError('internal', 'This is not the state of an upload to the disk.');
  return { file, received, mark };
}

function isLength(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function ignoreMissing(error: unknown): null {
  if (codeOf(error) === 'ENOENT') return null;
  throw error;
}
