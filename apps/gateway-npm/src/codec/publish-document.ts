import { DomainError, formatBytes, MB } from '@packhouse/kernel';
import { Base64Decoder } from './base64-decoder';
import { DocumentScanner, invalidDocument } from './document-scanner';
import { isObject, type JsonObject } from './json-values';

/** Takes the decoded tarball while the document is still arriving. What it throws ends the reading. */
export interface AttachmentSink {
  /** A tarball begins. Called once at most. */
  begin(key: string): Promise<void> | void;
  /** Resolves when more may come (backpressure). The bytes are good until then: whoever keeps them longer copies them. */
  write(bytes: Buffer): Promise<void> | void;
  /** The tarball is there whole. Not called after a failure. */
  end(): Promise<void> | void;
}

/** A publish document without the bytes of its tarball; `data` of the tarball's attachment is an empty text. */
export interface PublishDocument {
  readonly document: JsonObject;
  /** The attachment that went to the sink, or null when there was none. */
  readonly attachment: ReceivedAttachment | null;
}

export interface ReceivedAttachment {
  readonly key: string;
  /** Decoded bytes. */
  readonly size: number;
}

/** Room for a large package.json, a README and a provenance bundle. */
export const defaultOutlineBytes = 4 * MB;

/**
 * Reads the body of `PUT /NAME` as it arrives and never holds the tarball: its base64 goes decoded to the sink, the
 * rest is kept up to `maxOutlineBytes` and parsed at the end. Await each `write` before the next. After a failure the
 * reader is of no further use, and the caller drops what the sink received.
 */
export class PublishDocumentReader {
  private readonly scanner = new DocumentScanner();
  private readonly outline: Buffer[] = [];
  private outlineBytes = 0;
  private decoder: Base64Decoder | null = null;
  private key: string | null = null;
  private size = 0;

  constructor(
    private readonly sink: AttachmentSink,
    private readonly maxOutlineBytes = defaultOutlineBytes,
  ) {}

  async write(chunk: Buffer): Promise<void> {
    for (const piece of this.scanner.scan(chunk)) {
      switch (piece.kind) {
        case 'outline':
          this.keep(piece.bytes);
          break;
        case 'data-start':
          await this.begin(piece.key);
          break;
        case 'data':
          await this.forward(this.decoder!.push(piece.bytes));
          break;
        case 'data-end':
          await this.forward(this.decoder!.finish());
          await this.sink.end();
          break;
      }
    }
  }

  /** Parses the rest of the document once the body has ended. */
  finish(): PublishDocument {
    if (!this.scanner.complete) throw invalidDocument('it ends too early');
    const document = parseJson(Buffer.concat(this.outline, this.outlineBytes));
    if (!isObject(document)) throw invalidDocument('it is not an object');
    return { document, attachment: this.key === null ? null : { key: this.key, size: this.size } };
  }

  private keep(bytes: Buffer): void {
    this.outlineBytes += bytes.length;
    if (this.outlineBytes > this.maxOutlineBytes) {
      throw new DomainError(
        'payload_too_large',
        `The document without its tarball is larger than ${formatBytes(this.maxOutlineBytes)}: shorten package.json or the README.`,
        { limit: this.maxOutlineBytes },
      );
    }
    this.outline.push(Buffer.from(bytes));
  }

  private async begin(key: string): Promise<void> {
    if (this.key !== null) {
      throw new DomainError(
        'invalid_package',
        'The document has more than one tarball: publish one version at a time.',
      );
    }
    this.key = key;
    this.decoder = new Base64Decoder();
    await this.sink.begin(key);
  }

  private async forward(bytes: Buffer): Promise<void> {
    if (bytes.length === 0) return;
    this.size += bytes.length;
    await this.sink.write(bytes);
  }
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    throw invalidDocument(error instanceof SyntaxError ? 'it cannot be parsed' : 'it is not UTF-8');
  }
}
