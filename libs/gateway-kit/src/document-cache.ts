import { Inject, Injectable } from '@nestjs/common';
import { Settings } from '@packhouse/config';
import type { PackageFacts } from '@packhouse/contracts';
import type { ContentCoding } from '@packhouse/http';
import { sha256Hex } from '@packhouse/kernel';
import { LRUCache } from 'lru-cache';
import { ReadyDocument, type DocumentBody } from './ready-document';

/** A document for a reader: its tag is known before it is rendered, so an unchanged one costs nothing. */
export interface DocumentHandle {
  readonly etag: string;
  body(coding: ContentCoding): DocumentBody | Promise<DocumentBody>;
}

/**
 * Documents that clients read, rendered once per package revision, kind and base URL, and kept as bytes within a
 * memory limit. A new revision is a new key, so nothing here is ever invalidated; old ones age out.
 */
@Injectable()
export class DocumentCache {
  private readonly documents: LRUCache<string, ReadyDocument>;
  private readonly rendering = new Map<string, Promise<ReadyDocument>>();
  private readonly baseHashes = new LRUCache<string, string>({ max: 1000 });

  constructor(@Inject(Settings) settings: Settings) {
    const maxSize = settings.values.data.cacheMemory;
    this.documents = new LRUCache({ maxSize, sizeCalculation: (document) => document.size });
  }

  get(facts: PackageFacts, kind: string, baseUrl: string, render: () => Promise<Buffer>): DocumentHandle {
    const key = `${facts.id}-${facts.revision}-${kind}-${this.hashOf(baseUrl)}`;
    return {
      etag: `W/"${key}"`,
      body: (coding) => {
        const ready = this.documents.get(key);
        return ready
          ? ready.body(coding)
          : this.render(key, render).then((document) => document.body(coding));
      },
    };
  }

  private render(key: string, render: () => Promise<Buffer>): Promise<ReadyDocument> {
    const current = this.rendering.get(key);
    if (current) return current;
    const work = render()
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

  private hashOf(baseUrl: string): string {
    const known = this.baseHashes.get(baseUrl);
    if (known) return known;
    const hash = sha256Hex(baseUrl).slice(0, 8);
    this.baseHashes.set(baseUrl, hash);
    return hash;
  }
}
