import { lstat, mkdir, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DomainError, newId, type DigestAlgorithm } from '@packhouse/kernel';
import type { Logger } from '@packhouse/observability';
import { blobNotFound, checkAddress } from './blob-address';
import type {
  BlobStore,
  BlobUpload,
  ByteRange,
  InventoryPage,
  ResumableUpload,
  ResumeOptions,
  StagedBlob,
  StoredBlob,
  TakePiece,
  UploadState,
} from './blob-store';
import { diskFailure } from './disk-errors';
import { inspectFile, walkFolders } from './disk-inventory';
import { DiskReads } from './disk-reads';
import { DiskResume, isResumable } from './disk-resume';
import { DiskUpload } from './disk-upload';
import { DurableFolders, eachName } from './durable-folders';
import { isDeadInstance, newInstanceName } from './instance-name';
import { LONGEST_PAUSE_MS, stagedContentGone } from './upload-faults';
import { codeOf } from './failure-code';

const uploadIdShape = /^(?:([0-9a-f]{8}-\d{1,10}-[0-9a-f]{8})|session)-[0-9a-f-]{36}$/;

/** Every instance of this process: their uploads are not leftovers. */
const living = new Set<string>();

/** How a {@link DiskBlobStore} writes and reports. */
export interface DiskBlobStoreOptions {
  /** Force contents and directory entries to the disk before anything is acknowledged. */
  readonly fsync: boolean;
  readonly logger: Logger;
  /** Memory for the contents of small blobs; the default is 32 MB. */
  readonly cacheBytes?: number;
}

/**
 * Blobs in a folder: `sha256/ab/<hex>` and, while they arrive, `uploads/<instance>-<id>`. Both must be on one
 * file system, as a blob gets its address by an atomic rename. Call `prepare` once before use.
 */
export class DiskBlobStore implements BlobStore {
  private readonly instance = newInstanceName();
  private readonly uploads: string;
  private readonly blobs: string;
  private readonly folders: DurableFolders;
  private readonly reads: DiskReads;
  private readonly logger: Logger;
  private readonly resumable: DiskResume;
  /** Uploads that are whole and on their way to the disk. */
  private readonly syncing = new Map<string, Promise<void>>();

  constructor(
    folder: string,
    private readonly options: DiskBlobStoreOptions,
  ) {
    this.uploads = join(folder, 'uploads');
    this.blobs = join(folder, 'sha256');
    this.folders = new DurableFolders(this.blobs, options.fsync);
    this.reads = new DiskReads((work, sha256) => this.guard(work, sha256), options.cacheBytes);
    this.logger = options.logger;
    living.add(this.instance);
    this.resumable = new DiskResume({
      uploads: this.uploads,
      fsync: options.fsync,
      logger: options.logger,
      syncFolder: () => this.folders.sync(this.uploads),
      onSyncing: (uploadId, durable) => this.noteSyncing(uploadId, durable),
    });
  }

  /** Makes the folders and drops the uploads of processes that are gone. Reads no stored blob. */
  async prepare(): Promise<void> {
    await this.guard(async () => {
      await mkdir(this.uploads, { recursive: true, mode: 0o750 });
      await mkdir(this.blobs, { recursive: true, mode: 0o750 });
      await this.folders.sync(dirname(this.blobs));
      await this.folders.sync(dirname(dirname(this.blobs)));
    });
    const dropped = await this.sweep((name) => {
      const match = uploadIdShape.exec(name);
      return match?.[1] !== undefined && isDeadInstance(match[1], living);
    });
    if (dropped > 0) this.logger.info({ dropped }, 'Dropped unfinished uploads of processes that are gone');
  }

  async startUpload(options: {
    algorithms: readonly DigestAlgorithm[];
    maxBytes: number;
  }): Promise<BlobUpload> {
    const uploadId = `${this.instance}-${newId()}`;
    const target = {
      uploadId,
      path: join(this.uploads, uploadId),
      fsync: this.options.fsync,
      logger: this.logger,
      onSyncing: (durable: Promise<void>) => this.noteSyncing(uploadId, durable),
    };
    return new DiskUpload(target, options.algorithms, options.maxBytes);
  }

  async resumeUpload(options: ResumeOptions): Promise<ResumableUpload> {
    return this.guard(() => this.resumable.resume(options));
  }

  async dropUpload(state: UploadState): Promise<void> {
    await this.guard(() => this.resumable.drop(state));
  }

  async promote(staged: StagedBlob): Promise<void> {
    const { sha256 } = staged.digests;
    const from = this.uploadPath(staged.uploadId);
    const to = this.blobPath(sha256);
    await this.guard(async () => {
      await this.syncing.get(staged.uploadId);
      this.syncing.delete(staged.uploadId);
      // A file of another size is damaged (a crash without fsync): the good content takes its place.
      if ((await this.stat(sha256))?.size === staged.size) await unlinkIfThere(from);
      else await this.move(from, to, staged);
      // Also when the file was there: whoever put it there may not have come to this line yet.
      await this.folders.settle(sha256);
    });
  }

  async discard(staged: StagedBlob): Promise<void> {
    const path = this.uploadPath(staged.uploadId);
    await this.syncing.get(staged.uploadId)?.catch(() => undefined);
    this.syncing.delete(staged.uploadId);
    await this.guard(() => unlinkIfThere(path));
  }

  async copyTo(sha256: string, range: ByteRange | undefined, take: TakePiece): Promise<void> {
    await this.reads.copyTo({ sha256, path: this.blobPath(sha256) }, range, take);
  }

  async readAll(sha256: string): Promise<Buffer> {
    return this.reads.readAll({ sha256, path: this.blobPath(sha256) });
  }

  async stat(sha256: string): Promise<{ size: number } | null> {
    const found = await this.inspect(sha256);
    return found && { size: found.size };
  }

  async presign(): Promise<null> {
    return null;
  }

  pathOf(sha256: string): string {
    checkAddress(sha256);
    return `sha256/${sha256.slice(0, 2)}/${sha256}`;
  }

  async remove(sha256: string): Promise<void> {
    const path = this.blobPath(sha256);
    this.reads.forget(sha256);
    await this.guard(() => unlinkIfThere(path));
  }

  takeInventory(): AsyncIterable<InventoryPage> {
    return walkFolders(this.blobs);
  }

  async inspect(sha256: string): Promise<(StoredBlob & { size: number }) | null> {
    const path = this.blobPath(sha256);
    return this.guard(() => inspectFile(path, sha256));
  }

  /** Content in a folder always has its address. */
  async removeStray(): Promise<false> {
    return false;
  }

  async sweepUploads(olderThanMs: number): Promise<number> {
    const before = Date.now() - olderThanMs;
    return this.sweep((name, modified) => modified < before - (isResumable(name) ? LONGEST_PAUSE_MS : 0));
  }

  private noteSyncing(uploadId: string, durable: Promise<void>): void {
    this.syncing.set(uploadId, durable);
    // Met by whoever promotes or discards it; until then nobody listens.
    durable.catch(() => undefined);
  }

  /** Removes files (and links, never what they point to) in the upload folder; one bad file never stops it. */
  private async sweep(isGarbage: (name: string, modifiedMs: number) => boolean): Promise<number> {
    let dropped = 0;
    const visit = async (path: string, name: string): Promise<void> => {
      const found = await lstat(path).catch(nullIfMissing);
      if (!found || found.isDirectory() || !isGarbage(name, found.mtimeMs)) return;
      await unlinkIfThere(path);
      dropped += 1;
    };
    await this.guard(async () => {
      for await (const name of eachName(this.uploads)) {
        await visit(join(this.uploads, name), name).catch((error: unknown) =>
          diskFailure(error, this.logger),
        );
      }
    });
    return dropped;
  }

  private async move(from: string, to: string, staged: StagedBlob): Promise<void> {
    const { sha256 } = staged.digests;
    await this.folders.make(sha256);
    try {
      await rename(from, to);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      this.folders.forget(sha256);
      await this.folders.make(sha256);
      if (await stat(from).catch(nullIfMissing)) return rename(from, to);
      // Repeated after it had succeeded: the content is where it belongs.
      if ((await this.stat(sha256))?.size === staged.size) return;
      throw stagedContentGone(error);
    }
  }

  private blobPath(sha256: string): string {
    checkAddress(sha256);
    return join(this.folders.folderOf(sha256), sha256);
  }

  private uploadPath(uploadId: string): string {
    if (!uploadIdShape.test(uploadId))
      throw new DomainError('invalid_request', 'This is not the id of an upload.');
    return join(this.uploads, uploadId);
  }

  private async guard<T>(work: () => Promise<T>, sha256?: string): Promise<T> {
    try {
      return await work();
    } catch (error) {
      // ELOOP: somebody put a link in place of a blob; links are never followed.
      if (sha256 !== undefined && ['ENOENT', 'ELOOP'].includes(codeOf(error) ?? ''))
        throw blobNotFound(sha256);
      throw diskFailure(error, this.logger);
    }
  }
}

async function unlinkIfThere(path: string): Promise<void> {
  await unlink(path).catch(nullIfMissing);
}

function nullIfMissing(error: unknown): null {
  if (codeOf(error) === 'ENOENT') return null;
  throw error;
}
