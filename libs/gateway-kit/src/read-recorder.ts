import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import {
  auditContract,
  type AuditClient,
  type AuditedReads,
  type PackageFacts,
  type PackageRead,
} from '@packhouse/contracts';
import { DomainError, isDomainError, newId, SECOND } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import { LOGGER, type Logger } from '@packhouse/observability';
import type { Caller } from './caller';
import type { KnownOwner } from './package-lookup';

const FLUSH_EVERY_MS = 250;
const BATCH = 500;
/** Reads that may wait for the audit log in one process: some 10 MB. */
const MOST_WAITING = 10_000;
const PATIENCE_MS = 5 * SECOND;

/** What was read, of a package that the caller may read. */
export interface ReadPackage {
  readonly owner: KnownOwner;
  readonly facts: PackageFacts;
}

/** A file whose bytes are handed out. */
export interface ReadFile {
  readonly name: string;
  readonly version: string;
}

/**
 * Tells the audit log who read what, where the instance or the organization wants to know. Reads do not wait for the log:
 * they are told in batches a moment later, and are kept here until the log has them on disk. Nothing is dropped to save
 * memory: when the log cannot be written and too many wait, reads that would have to be recorded wait too, and are then
 * refused. What a killed process had not told yet (at most the last moments) is lost.
 */
@Injectable()
export class ReadRecorder implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly waiting: PackageRead[] = [];
  private timer: NodeJS.Timeout | undefined;
  private sending: Promise<void> | null = null;
  private failing = false;

  constructor(
    @InjectClient(auditContract) private readonly audit: AuditClient,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.flush(), FLUSH_EVERY_MS);
    this.timer.unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
    if (this.waiting.length > 0)
      this.writeToLog('The audit log could not be reached before the end', this.waiting);
  }

  /** Notes that somebody was told of a package. Resolves at once, or when there is room. @throws DomainError `unavailable`. */
  noteRead(caller: Caller, read: ReadPackage): void | Promise<void> {
    if (read.owner.auditReads === 'all') return this.note('read', caller, read, null);
  }

  /** Notes that bytes of a file are about to be handed out, as {@link noteRead}. */
  noteDownload(caller: Caller, read: ReadPackage, file: ReadFile): void | Promise<void> {
    if (read.owner.auditReads !== 'off') return this.note('download', caller, read, file);
  }

  /** Tells the log what waits; what cannot be told stays. */
  flush(): Promise<void> {
    this.sending ??= this.send().finally(() => (this.sending = null));
    return this.sending;
  }

  private note(
    kind: PackageRead['kind'],
    caller: Caller,
    read: ReadPackage,
    file: ReadFile | null,
  ): void | Promise<void> {
    const entry = entryOf(kind, caller, read, file);
    if (this.waiting.length >= MOST_WAITING) return this.noteWhenPossible(entry);
    this.waiting.push(entry);
    if (this.waiting.length >= BATCH && !this.failing) void this.flush();
  }

  private async noteWhenPossible(entry: PackageRead): Promise<void> {
    const end = Date.now() + PATIENCE_MS;
    while (this.waiting.length >= MOST_WAITING) {
      if (Date.now() >= end)
        throw new DomainError(
          'unavailable',
          'Reads of this package are recorded, and the audit log cannot be written now: try again later.',
        );
      await this.flush();
      if (this.waiting.length >= MOST_WAITING) await pause(FLUSH_EVERY_MS);
    }
    this.waiting.push(entry);
  }

  private async send(): Promise<void> {
    while (this.waiting.length > 0) {
      const reads = this.waiting.slice(0, BATCH);
      try {
        await this.audit.recordReads({ reads });
        this.failing = false;
      } catch (error) {
        if (!isDomainError(error, 'invalid_request')) return this.noteFailure(error);
        // It will never be taken: the process's own log keeps it, and those behind it go on.
        this.writeToLog('The audit log refused entries about reads', reads);
      }
      this.waiting.splice(0, reads.length);
    }
  }

  private noteFailure(error: unknown): void {
    if (!this.failing)
      this.logger.warn({ err: error }, 'The audit log cannot be written; reads are kept and told later');
    this.failing = true;
  }

  private writeToLog(sentence: string, reads: readonly PackageRead[]): void {
    this.logger.error({ reads }, sentence);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function entryOf(
  kind: PackageRead['kind'],
  { principal, address, requestId }: Caller,
  { owner, facts }: ReadPackage,
  file: ReadFile | null,
): PackageRead {
  return {
    ...{ id: newId(), at: new Date().toISOString(), kind },
    ...{ accountId: principal?.accountId ?? null, login: principal?.login ?? null },
    ...{ tokenId: principal?.tokenId ?? null },
    // Clients and proxies choose these.
    ...{ address: address.slice(0, 100), requestId: requestId.slice(0, 100) },
    ...{ ownerId: owner.id, owner: owner.login, repositoryId: facts.repositoryId },
    ...{ packageId: facts.id, package: facts.name, format: facts.format },
    ...{ version: file?.version ?? null, file: file?.name ?? null },
  };
}

const order: readonly AuditedReads[] = ['off', 'downloads', 'all'];

/** The wider of what the instance and an organization want to know. */
export function widerReads(one: AuditedReads, other: AuditedReads): AuditedReads {
  return order.indexOf(one) > order.indexOf(other) ? one : other;
}
