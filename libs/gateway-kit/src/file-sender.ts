import { Inject, Injectable } from '@nestjs/common';
import { BLOB_STORE, type BlobStore } from '@packhouse/blob-store';
import type { FileRecord } from '@packhouse/contracts';
import { matchesEtag, parseRange, type Range } from '@packhouse/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DownloadCounter } from './download-counter';
import type { PulledFile } from './flows/pull';
import { ReadRecorder } from './read-recorder';

/** Up to this size a file is read whole: opening a stream costs more than the bytes. */
const WHOLE_READ_MAX = 256 * 1024;

interface SendingOptions {
  /** Default: the SHA-256 in quotes. */
  readonly etag?: string;
  /** Before the first byte of the content, or of a part of it, is sent; a rejection is the answer. */
  readonly onBegin?: () => void | Promise<void>;
  /** Once the last byte of the whole file has been sent. */
  readonly onComplete?: () => void;
}

/** Answers a read of a file: HEAD and 304 from the record alone, ranges, and bytes streamed with backpressure. */
@Injectable()
export class FileSender {
  constructor(
    @Inject(BLOB_STORE) private readonly store: BlobStore,
    private readonly downloads: DownloadCounter,
    private readonly reads: ReadRecorder,
  ) {}

  /** Answers with a file of a published version: counted when its last byte is sent, recorded where that is wanted. */
  sendPulled(
    request: FastifyRequest,
    reply: FastifyReply,
    pulled: PulledFile,
    cacheControl: string,
  ): Promise<void> {
    const { caller, facts, file } = pulled;
    return this.send(request, reply, file, cacheControl, {
      onBegin: () => this.reads.noteDownload(caller, pulled, file),
      onComplete: () => this.downloads.count(facts.id, file.versionId, caller),
    });
  }

  /** Answers with a file that is nobody's download. */
  async send(
    request: FastifyRequest,
    reply: FastifyReply,
    file: FileRecord,
    cacheControl: string,
    { onBegin, onComplete, etag = `"${file.digests.sha256}"` }: SendingOptions = {},
  ): Promise<void> {
    void reply.headers({
      etag,
      'cache-control': cacheControl,
      'accept-ranges': 'bytes',
      'x-content-type-options': 'nosniff',
    });
    if (matchesEtag(request.headers['if-none-match'], etag)) {
      void reply.status(304).send();
      return;
    }
    void reply.header('content-type', file.contentType);
    const range = rangeOf(request, file.size, etag);
    const length = range ? range.end - range.start + 1 : file.size;
    void reply.status(range ? 206 : 200).header('content-length', length);
    if (range) void reply.header('content-range', `bytes ${range.start}-${range.end}/${file.size}`);
    if (request.method === 'HEAD') {
      sendHead(reply);
      return;
    }
    const begun = onBegin?.();
    if (begun) await begun;
    const isWhole = length === file.size;
    if (isWhole && onComplete) reply.raw.once('finish', onComplete);
    await this.sendContent(reply, file, range);
  }

  private async sendContent(reply: FastifyReply, file: FileRecord, range: Range | null): Promise<void> {
    const { sha256 } = file.digests;
    const isWhole = range === null || range.end - range.start + 1 === file.size;
    if (isWhole && file.size <= WHOLE_READ_MAX) void reply.send(await this.store.readAll(sha256));
    else void reply.send(await this.store.open(sha256, range ?? undefined));
  }
}

/** Headers only, past the framework: its own HEAD routes would count the bytes of an empty body. */
function sendHead(reply: FastifyReply): void {
  reply.hijack();
  reply.raw.writeHead(reply.statusCode, reply.getHeaders() as Record<string, string | number>).end();
}

/** A range counts only while the client's copy is of this very content (RFC 9110 section 13.1.5). */
function rangeOf(request: FastifyRequest, size: number, etag: string): Range | null {
  const condition = request.headers['if-range'];
  if (typeof condition === 'string' && condition !== etag) return null;
  return parseRange(request.headers.range, size);
}
