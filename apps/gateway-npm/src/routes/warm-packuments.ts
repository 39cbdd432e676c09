import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DocumentCache, PackageAccess, sendRemembered } from '@packhouse/gateway-kit';
import { WarmReads } from '@packhouse/http';
import { LRUCache } from 'lru-cache';
import { chooseKind, headersFor } from '../codec/document-forms';
import { normalisePath } from '../codec/request-path';
import { NpmCallers } from '../npm-callers';
import { flowName, readName } from '../npm-packages';
import { npmFormat } from '../npm.format';

type FlowName = ReturnType<typeof flowName>;

const packumentPath = new RegExp(`^${npmFormat.mount}/@([^/@%?]+)/([^/%?]+)$`);
/** Longer paths are left to the router. */
const LONGEST_PATH = 300;

/** Packuments (A3) whose facts and bytes are in memory, answered as PackumentController would. */
@Injectable()
export class WarmPackuments implements OnApplicationBootstrap {
  /** What paths name; null: no package. */
  private readonly names = new LRUCache<string, { readonly name: FlowName | null }>({ max: 5000 });

  constructor(
    private readonly callers: NpmCallers,
    private readonly access: PackageAccess,
    private readonly documents: DocumentCache,
    private readonly warmReads: WarmReads,
  ) {}

  onApplicationBootstrap(): void {
    this.warmReads.offer(`${npmFormat.mount}/`, (request, response) => this.answer(request, response));
  }

  private answer(request: IncomingMessage, response: ServerResponse): boolean {
    const name = this.nameIn(request.url ?? '');
    if (!name) return false;
    const { headers } = request;
    const received = { headers, raw: request };
    const caller = this.callers.recall(received);
    const opened = caller && this.access.recall(npmFormat.id, caller, name);
    if (!opened) return false;
    const kind = chooseKind(headers.accept);
    const document = this.documents.recall(opened.facts, kind, this.callers.baseFor(received));
    return document !== null && sendRemembered(request, response, document, headersFor(opened.facts, kind));
  }

  private nameIn(url: string): FlowName | null {
    if (url.length > LONGEST_PATH) return null;
    const known = this.names.get(url);
    if (known) return known.name;
    const name = readPath(url);
    this.names.set(url, { name });
    return name;
  }
}

function readPath(url: string): FlowName | null {
  const [, scope, name] = packumentPath.exec(normalisePath(url)) ?? [];
  if (scope === undefined || name === undefined) return null;
  try {
    return flowName(readName({ scope, name }));
  } catch {
    // No name of a package: the router's way says so.
    return null;
  }
}
