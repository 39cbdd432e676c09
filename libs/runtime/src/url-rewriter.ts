import type { IncomingMessage } from 'node:http';
import type { ServiceDefinition } from './service-definition';

interface Mount {
  readonly path: string;
  readonly service: ServiceDefinition;
}

/** Which service a request path belongs to: the longest mount wins, `/` takes the rest. */
export class Mounts {
  private readonly mounts: readonly Mount[];
  private readonly byHost: ReadonlyMap<string, string>;

  constructor(services: readonly ServiceDefinition[]) {
    this.mounts = services
      .flatMap((service) =>
        (service.http?.paths ?? []).map((path) => ({ path: path.replace(/\/+$/, ''), service })),
      )
      .sort((a, b) => b.path.length - a.path.length);
    this.byHost = new Map(
      services.flatMap(({ format, http }) => {
        const path = http?.paths[0];
        const hosts = format ? [format.id, ...(http?.hosts ?? [])] : [];
        return path === undefined ? [] : hosts.map((host) => [host, path] as const);
      }),
    );
  }

  /** `url` is a raw request path, with or without a query. */
  find(url: string): ServiceDefinition | null {
    for (const { path, service } of this.mounts) {
      if (url.startsWith(path) && isBoundary(url.charCodeAt(path.length))) return service;
    }
    return null;
  }

  /** The path that the host name FORMAT.PUBLIC-HOST (or another of the format's own) stands for, if it is one. */
  pathOfHost(host: string, publicHost: string): string | null {
    const dot = host.indexOf('.');
    if (dot < 1 || host.slice(dot + 1) !== publicHost) return null;
    return this.byHost.get(host.slice(0, dot)) ?? null;
  }
}

/** End of the text, `/` or `?`. */
function isBoundary(code: number): boolean {
  return Number.isNaN(code) || code === 47 || code === 63;
}

export interface RewriteOptions {
  readonly subdomains: boolean;
  /** Host (with port) of the public URL, asked for each request as port 0 is known late. */
  readonly publicHost: () => string;
}

/** What Fastify routes instead of the raw URL: host names become paths, then the service's own rules apply. */
export function createUrlRewriter(
  mounts: Mounts,
  options: RewriteOptions,
): (request: IncomingMessage) => string {
  return (request) => {
    const raw = originForm(request.url ?? '/');
    const url = options.subdomains ? withHostPath(raw, request, mounts, options.publicHost()) : raw;
    const normalise = mounts.find(url)?.http?.normalisePath;
    if (!normalise) return url;
    const query = url.indexOf('?');
    return query < 0 ? normalise(url) : normalise(url.slice(0, query)) + url.slice(query);
  };
}

/** Clients that take us for a proxy send the whole URL (RFC 9112 section 3.2.2). */
function originForm(url: string): string {
  return url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?]*/i, '') || '/';
}

function withHostPath(url: string, request: IncomingMessage, mounts: Mounts, publicHost: string): string {
  const prefix = mounts.pathOfHost(request.headers.host?.toLowerCase() ?? '', publicHost);
  // Absolute links in documents may carry the path already.
  if (!prefix || (url.startsWith(prefix) && isBoundary(url.charCodeAt(prefix.length)))) return url;
  return prefix + url;
}
