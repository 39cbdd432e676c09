import { Injectable } from '@nestjs/common';
import { Settings, UploadSessions, type OpenedUpload, type UploadRef } from '@packhouse/gateway-kit';
import { keepOpen, rawBody } from '@packhouse/http';
import { DomainError, formatBytes, isDomainError } from '@packhouse/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { answerEmpty, locationOf } from '../answer';
import { readContentRange, uploadRange } from '../codec/content-range';
import { knownAlgorithm, readDigest, type Digest, type DigestAlgorithm } from '../codec/reference';
import { registryError } from '../codec/registry-error';
import { containerSettings } from '../container.settings';
import type { PushPlace } from '../images';
import { StoredContent } from '../stored-content';

/** A request about one upload session. */
export interface UploadCall {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly opened: PushPlace;
  readonly id: string;
  readonly query: URLSearchParams;
}

const idShape = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/** Upload sessions in every style that clients use: whole, in chunks, as a stream, or all in the closing request. */
@Injectable()
export class Uploads {
  private readonly maxLayer: number;
  private readonly maxUploads: number;

  constructor(
    private readonly sessions: UploadSessions,
    private readonly content: StoredContent,
    settings: Settings,
  ) {
    ({ maxLayer: this.maxLayer, maxUploads: this.maxUploads } = settings.of(containerSettings));
  }

  /** Opens a session; with a digest and a body it is the whole upload. */
  async begin(call: Omit<UploadCall, 'id'>): Promise<void> {
    const { request, reply, opened, query } = call;
    readAlgorithm(query);
    const digest = query.get('digest');
    const wanted = digest === null ? null : readDigest(digest);
    // A length of 0 is a body too: that of empty content.
    const isWhole = wanted !== null && (hasBody(request) || isEmptyContent(wanted));
    if (isWhole) this.checkLength(request, 0);
    const who = { place: opened.place, accountId: opened.caller.principal.accountId };
    const { id } = await this.sessions.create(who, this.maxUploads);
    if (!isWhole) return answerSession(reply, 202, opened, id, 0);
    await this.finish({ ...call, id }, wanted);
  }

  /** Appends what the body has, where the range says so. */
  async append(call: UploadCall): Promise<void> {
    const { request, reply, opened, id } = call;
    const upload = await this.open(call, []);
    try {
      await this.checkChunk(call, upload);
      await receive(request, upload);
    } catch (error) {
      await this.leave(upload, error);
    }
    const { received } = await upload.pause();
    answerSession(reply, 202, opened, id, received);
  }

  /** The closing request, with the rest of the content or nothing. */
  async close(call: UploadCall): Promise<void> {
    const text = call.query.get('digest');
    if (text === null)
      throw registryError(
        'DIGEST_INVALID',
        'The upload is closed with the digest of its content: "?digest=sha256:…".',
      );
    await this.finish(call, readDigest(text));
  }

  async status({ reply, opened, id }: UploadCall): Promise<void> {
    const session = idShape.test(id) ? await this.sessions.find(refOf(opened, id)) : null;
    if (!session) throw unknownUpload();
    answerSession(reply, 204, opened, id, session.received);
  }

  async cancel({ reply, opened, id }: UploadCall): Promise<void> {
    if (!idShape.test(id) || !(await this.sessions.cancel(refOf(opened, id)))) throw unknownUpload();
    answerEmpty(reply, 204);
  }

  private async finish(call: UploadCall, digest: Digest): Promise<void> {
    const { request, reply, opened } = call;
    const upload = await this.openAgain(call, digest);
    if (upload) {
      try {
        await this.checkChunk(call, upload);
        await receive(request, upload);
      } catch (error) {
        await this.leave(upload, error);
      }
      await keepAs(upload, digest);
    }
    answerEmpty(reply, 201, {
      location: locationOf(opened.name.repositoryName, `blobs/${digest.text}`),
      'docker-content-digest': digest.text,
    });
  }

  /** A client that lost the answer closes again: where the content is by now, that is the answer (null). */
  private async openAgain(call: UploadCall, digest: Digest): Promise<OpenedUpload | null> {
    try {
      return await this.open(call, digest.algorithm === 'sha256' ? [] : [digest.algorithm]);
    } catch (error) {
      if (!isDomainError(error, 'not_found')) throw error;
      const { facts, place } = call.opened;
      if (await this.content.findBlob(facts, place, digest.text, true)) return null;
      throw error;
    }
  }

  private async open({ opened, id }: UploadCall, also: readonly DigestAlgorithm[]): Promise<OpenedUpload> {
    if (!idShape.test(id)) throw unknownUpload();
    try {
      return await this.sessions.open(refOf(opened, id), {
        algorithms: ['sha256', ...also],
        maxBytes: this.maxLayer,
      });
    } catch (error) {
      if (isDomainError(error, 'not_found')) throw unknownUpload();
      if (!isDomainError(error, 'revision_conflict')) throw error;
      throw new DomainError('revision_conflict', error.message, { oci: 'BLOB_UPLOAD_INVALID' });
    }
  }

  /** Out of order: 416, with how far it came; larger than is allowed, or than there is room: refused before it is read. */
  private async checkChunk({ request, opened, id }: UploadCall, upload: OpenedUpload): Promise<void> {
    const { received } = upload;
    const range = readContentRange(request.headers['content-range'], lengthOf(request));
    if (range && range.start !== received)
      throw new DomainError(
        'range_not_satisfiable',
        `The upload has ${received} bytes so far, and the chunk begins at ${range.start}: go on with byte ${received}.`,
        { oci: 'RANGE_INVALID', headers: sessionHeaders(opened, id, received) },
      );
    this.checkLength(request, received);
    await upload.expect(lengthOf(request) ?? 0);
  }

  private checkLength(request: FastifyRequest, received: number): void {
    if (received + (lengthOf(request) ?? 0) > this.maxLayer) throw tooLarge(this.maxLayer);
  }

  /** What came before a connection broke is kept, for the client to go on; an upload that grew too large, or has no room, is dropped. */
  private async leave(upload: OpenedUpload, error: unknown): Promise<never> {
    if (isDomainError(error, 'payload_too_large')) return upload.refuse(tooLarge(this.maxLayer));
    if (isDomainError(error, 'quota_exceeded')) return upload.refuse(error);
    if (error instanceof BrokenOff) await upload.pause();
    else await upload.abort();
    throw error;
  }
}

async function receive(request: FastifyRequest, upload: OpenedUpload): Promise<void> {
  const expected = lengthOf(request);
  if (expected === 0) return;
  const before = upload.received;
  try {
    for await (const chunk of keepOpen(rawBody(request))) await upload.write(chunk);
  } catch (error) {
    if (error instanceof DomainError) throw error;
    throw new BrokenOff(error);
  }
  if (expected !== null && upload.received - before !== expected) throw new BrokenOff();
}

/** Gives the content its address if it is what the client says; otherwise the session is over and nothing is kept. */
async function keepAs(upload: OpenedUpload, { algorithm, hex, text }: Digest): Promise<void> {
  const { digests } = await upload.finish([algorithm]);
  if (digests[algorithm] !== hex) {
    await upload.refuse(
      registryError(
        'DIGEST_INVALID',
        `The content is not that of ${text}: its digest is ${algorithm}:${digests[algorithm]}. The upload is over; start it again.`,
        { digest: text },
      ),
    );
  }
  await upload.keep();
}

function answerSession(
  reply: FastifyReply,
  status: number,
  opened: PushPlace,
  id: string,
  received: number,
): void {
  answerEmpty(reply, status, sessionHeaders(opened, id, received));
}

function sessionHeaders({ name }: PushPlace, id: string, received: number): Record<string, string> {
  return {
    location: locationOf(name.repositoryName, `blobs/uploads/${id}`),
    range: uploadRange(received),
    'docker-upload-uuid': id,
  };
}

function readAlgorithm(query: URLSearchParams): void {
  const name = query.get('digest-algorithm');
  if (name !== null && knownAlgorithm(name) === null)
    throw registryError('DIGEST_INVALID', 'This registry makes digests with sha256 and sha512.', {
      algorithm: name.slice(0, 50),
    });
}

function refOf({ place, owner, caller }: PushPlace, id: string): UploadRef {
  return { id, place, ownerId: owner.id, accountId: caller.principal.accountId };
}

/** Of the body as its client announces it; null: it does not say. */
function lengthOf({ headers }: FastifyRequest): number | null {
  const length = headers['content-length'];
  if (length !== undefined) return Number(length);
  return headers['transfer-encoding'] === undefined ? 0 : null;
}

function hasBody(request: FastifyRequest): boolean {
  return lengthOf(request) !== 0;
}

const emptyContent: ReadonlySet<string> = new Set([
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  'cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e',
]);

function isEmptyContent({ hex }: Digest): boolean {
  return emptyContent.has(hex);
}

function unknownUpload(): DomainError {
  return registryError('BLOB_UPLOAD_UNKNOWN', 'There is no such upload here, or it is over: start it again.');
}

function tooLarge(most: number): DomainError {
  return new DomainError('payload_too_large', `A layer may have ${formatBytes(most)} here at most.`, {
    oci: 'SIZE_INVALID',
    detail: { limit: most },
  });
}

/** The connection ended before the body did. */
class BrokenOff extends DomainError {
  constructor(cause?: unknown) {
    const details = { oci: 'BLOB_UPLOAD_INVALID' };
    super('invalid_request', 'The upload broke off: ask how far it came, and go on from there.', details, {
      cause,
    });
  }
}
