import { Inject, Injectable } from '@nestjs/common';
import { BLOB_STORE, type BlobStore } from '@packhouse/blob-store';
import type { FileRecord } from '@packhouse/contracts';
import { matchesEtag, parseRange, type Range } from '@packhouse/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BodySink } from './body-sink';
import { DownloadCounter } from './download-counter';
import type { PulledFile } from './flows/pull';
import { HandOff, type HandedOff } from './hand-off';
import { ReadRecorder } from './read-recorder';

/** Up to this size a file is read whole: reading in pieces costs more than the bytes. */
const WHOLE_READ_MAX = 256 * 1024;

interface SendingOptions {
  /** Where it is given, somebody nearer to the bytes may send the file, as the settings say for this format. */
  readonly format?: string;
  /** Default: the SHA-256 in quotes. */
  readonly etag?: string;
  /** Before the first byte of the content, or of a part of it, is sent; a rejection is the answer. */
  readonly onBegin?: () => void | Promise<void>;
  /** Once the last byte of the whole file has been sent, or somebody else was told to send it. */
  readonly onComplete?: () => void;
}

/** Answers a read of a file: HEAD and 304 from the record alone, ranges, and bytes streamed with backpressure. */
@Injectable()
export class FileSender {
  constructor(
    @Inject(BLOB_STORE) private readonly store: BlobStore,
    private readonly downloads: DownloadCounter,
    private readonly reads: ReadRecorder,
    private readonly handOff: HandOff,
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
      format: facts.format,
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
    { format, onBegin, onComplete, etag = `"${file.digests.sha256}"` }: SendingOptions = {},
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
    if (request.method === 'HEAD') {
      sendHead(describe(reply, file, range));
      return;
    }
    const begun = onBegin?.();
    if (begun) await begun;
    if (length === file.size && onComplete) reply.raw.once('finish', onComplete);
    const handed = format === undefined ? null : await this.handOff.find(format, file);
    if (handed) sendElsewhere(reply, handed);
    else await this.sendContent(describe(reply, file, range), file, range);
  }

  private async sendContent(reply: FastifyReply, file: FileRecord, range: Range | null): Promise<void> {
    const { sha256 } = file.digests;
    const isWhole = range === null || range.end - range.start + 1 === file.size;
    if (isWhole && file.size <= WHOLE_READ_MAX) {
      void reply.send(await this.store.readAll(sha256));
      return;
    }
    const sink = new BodySink(reply);
    try {
      await this.store.copyTo(sha256, range ?? undefined, sink.take, sink.signal);
      sink.end();
    } catch (error) {
      sink.leave();
      if (!sink.isGone) throw error;
      // Also when it went before the first piece: there is nobody to answer.
      reply.hijack();
    }
  }
}

/** Says what follows: all of the file, or a part. */
function describe(reply: FastifyReply, file: FileRecord, range: Range | null): FastifyReply {
  if (!range) return reply.status(200).header('content-length', file.size);
  const { start, end } = range;
  return reply
    .status(206)
    .header('content-length', end - start + 1)
    .header('content-range', `bytes ${start}-${end}/${file.size}`);
}

/** The other side answers ranges itself, from the request as the client sent it. */
function sendElsewhere(reply: FastifyReply, handed: HandedOff): void {
  if (handed.to === 'server') {
    void reply.status(200).header('x-accel-redirect', handed.path).send();
    return;
  }
  // Nobody keeps the redirect: its URL is valid for minutes, and for whoever has it.
  void reply.status(307).headers({ location: handed.url, 'cache-control': 'private, no-store' });
  void reply.removeHeader('content-type').removeHeader('etag').removeHeader('accept-ranges').send();
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
