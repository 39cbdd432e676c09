import { join } from 'node:path';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Settings } from '@packhouse/config';
import type { PackageFacts } from '@packhouse/contracts';
import type { ContentCoding } from '@packhouse/http';
import { DAY, sha256Hex } from '@packhouse/kernel';
import { LOGGER, type Logger } from '@packhouse/observability';
import { LRUCache } from 'lru-cache';
import { DocumentFolder, type DocumentKey } from './document-folder';
import { ReadyDocument, type DocumentBody } from './ready-document';

/** A document that is in memory. */
export interface RememberedDocument {
  readonly etag: string;
  readonly ready: ReadyDocument;
}

/** A document for a reader: its tag is known before it is rendered, so an unchanged one costs nothing. */
export interface DocumentHandle {
  readonly etag: string;
  body(coding: ContentCoding): DocumentBody | Promise<DocumentBody>;
}

/**
 * Documents that clients read, rendered once per package revision, kind and base URL, and kept as bytes within a
 * memory limit, large ones on the disk too. A new revision is a new key, so nothing here is ever invalidated.
 */
@Injectable()
export class DocumentCache implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly documents: LRUCache<string, ReadyDocument>;
  private readonly rendering = new Map<string, Promise<ReadyDocument>>();
  private readonly baseHashes = new LRUCache<string, string>({ max: 1000 });

  private readonly folder: DocumentFolder;
  private sweeper: NodeJS.Timeout | undefined;

  constructor(@Inject(Settings) settings: Settings, @Inject(LOGGER) logger: Logger) {
    const { cacheMemory, cacheFolder, folder } = settings.values.data;
    this.documents = new LRUCache({ maxSize: cacheMemory, sizeCalculation: (document) => document.size });
    this.folder = new DocumentFolder(cacheFolder ?? join(folder, 'cache', 'documents'), logger);
  }

  onApplicationBootstrap(): void {
    this.sweeper = setInterval(() => void this.folder.sweep(), DAY).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.sweeper);
  }

  /** The document if it is in memory. */
  recall(facts: PackageFacts, kind: string, baseUrl: string): RememberedDocument | null {
    const key = keyOf(facts, this.formOf(kind, baseUrl));
    const ready = this.documents.get(key);
    return ready ? { etag: etagOf(key), ready } : null;
  }

  get(facts: PackageFacts, kind: string, baseUrl: string, render: () => Promise<Buffer>): DocumentHandle {
    const form = this.formOf(kind, baseUrl);
    const key = keyOf(facts, form);
    return {
      etag: etagOf(key),
      body: (coding) => {
        const ready = this.documents.get(key);
        return ready
          ? ready.body(coding)
          : this.prepare(key, { packageId: facts.id, revision: facts.revision, form }, render).then(
              (document) => document.body(coding),
            );
      },
    };
  }

  private prepare(key: string, stored: DocumentKey, render: () => Promise<Buffer>): Promise<ReadyDocument> {
    const current = this.rendering.get(key);
    if (current) return current;
    const work = this.findOrRender(stored, render)
      .then((identity) => {
        const document: ReadyDocument = new ReadyDocument(identity, () => {
          if (this.documents.peek(key) === document)
            this.documents.set(key, document, { size: document.size });
        });
        this.documents.set(key, document);
        return document;
      })
      .finally(() => this.rendering.delete(key));
    this.rendering.set(key, work);
    return work;
  }

  private async findOrRender(stored: DocumentKey, render: () => Promise<Buffer>): Promise<Buffer> {
    const kept = await this.folder.find(stored);
    if (kept) return kept;
    const document = await render();
    void this.folder.keep(stored, document);
    return document;
  }

  private formOf(kind: string, baseUrl: string): string {
    return `${kind}-${this.hashOf(baseUrl)}`;
  }

  private hashOf(baseUrl: string): string {
    const known = this.baseHashes.get(baseUrl);
    if (known) return known;
    const hash = sha256Hex(baseUrl).slice(0, 8);
    this.baseHashes.set(baseUrl, hash);
    return hash;
  }
}

function keyOf({ id, revision }: PackageFacts, form: string): string {
  return `${id}-${revision}-${form}`;
}

function etagOf(key: string): string {
  return `W/"${key}"`;
}
