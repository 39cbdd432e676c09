import {
  Agent,
  createServer,
  request as requestUpstream,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';

/** Where the processes of one service listen, and what they serve. */
export interface Upstream {
  readonly paths: readonly string[];
  /** Ports of the replicas; a replica that is down is null. */
  readonly ports: ReadonlyArray<number | null>;
}

export interface FrontOptions {
  /** Asked for every request, as replicas come and go. */
  readonly upstreams: () => readonly Upstream[];
  /** True once everything serves; /health/ready answers it. */
  readonly isReady: () => boolean;
  /** Sends everything to this replica of each service; absent: to each in turn. */
  readonly replica?: number;
}

/** Headers that belong to one connection (RFC 9110 section 7.6.1). */
const hopHeaders = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * A small proxy in front of the replicas, as nginx or an ingress would be: it passes paths and headers byte for byte
 * (encoded slashes stay encoded), streams bodies both ways and adds X-Forwarded-*. For development and tests.
 */
export class FrontProxy {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 256 });
  private readonly server: Server;
  private turn = 0;

  constructor(private readonly options: FrontOptions) {
    this.server = createServer({ requestTimeout: 0 }, (incoming, answer) => this.pass(incoming, answer));
  }

  /** Gives the port. */
  async listen(host: string, port: number): Promise<number> {
    await new Promise<void>((resolve, reject) =>
      this.server.once('error', reject).listen(port, host, resolve),
    );
    const address = this.server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    this.agent.destroy();
    await closed;
  }

  private pass(incoming: IncomingMessage, answer: ServerResponse): void {
    if (incoming.url?.startsWith('/health/')) return this.answerHealth(incoming, answer);
    const port = this.choosePort(incoming.url ?? '/');
    if (port === null)
      return refuse(answer, 503, 'The service behind this path is not running at the moment.');
    const upstream = requestUpstream({
      host: '127.0.0.1',
      port,
      agent: this.agent,
      method: incoming.method,
      path: incoming.url,
      headers: forwardedHeaders(incoming),
    });
    upstream.on('response', (response) => {
      sendBack(response, answer);
      response.on('end', () => {
        if (incoming.readableEnded) return answer.end();
        upstream.destroy();
        endAfterUpload(incoming, answer);
      });
    });
    upstream.on('error', () => refuse(answer, 502, 'The service behind this path did not answer.'));
    answer.on('close', () => {
      if (!answer.writableFinished) upstream.destroy();
    });
    incoming.pipe(upstream);
  }

  private choosePort(url: string): number | null {
    const upstream = findUpstream(this.options.upstreams(), url);
    if (!upstream) return null;
    const { replica } = this.options;
    if (replica !== undefined) return upstream.ports[replica % upstream.ports.length] ?? null;
    const up = upstream.ports.filter((port) => port !== null);
    this.turn += 1;
    return up[this.turn % up.length] ?? null;
  }

  private answerHealth(incoming: IncomingMessage, answer: ServerResponse): void {
    const good = incoming.url !== '/health/ready' || this.options.isReady();
    answer.writeHead(good ? 200 : 503, { 'content-type': 'application/json' });
    answer.end(JSON.stringify({ ready: good }));
  }
}

/** The longest path wins, `/` takes the rest. */
function findUpstream(upstreams: readonly Upstream[], url: string): Upstream | null {
  let best: { length: number; upstream: Upstream } | null = null;
  for (const upstream of upstreams) {
    for (const path of upstream.paths) {
      const prefix = path.replace(/\/+$/, '');
      const matches = url === prefix || url.startsWith(`${prefix}/`) || url.startsWith(`${prefix}?`);
      if (matches && prefix.length >= (best?.length ?? 0)) best = { length: prefix.length, upstream };
    }
  }
  return best?.upstream ?? null;
}

/** Pairs as they came, repeated headers included, less those of the connection. */
function endToEndHeaders(raw: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!;
    if (!hopHeaders.has(name.toLowerCase())) pairs.push([name, raw[i + 1]!]);
  }
  return pairs;
}

function forwardedHeaders(incoming: IncomingMessage): string[] {
  const before = incoming.headers['x-forwarded-for'];
  const peer = incoming.socket.remoteAddress ?? 'unknown';
  const kept = endToEndHeaders(incoming.rawHeaders).filter(([name]) => !/^x-forwarded-/i.test(name));
  const added: [string, string][] = [
    ['x-forwarded-for', before ? `${String(before)}, ${peer}` : peer],
    ['x-forwarded-host', incoming.headers.host ?? ''],
    ['x-forwarded-proto', 'http'],
  ];
  // A body of unknown length stays one.
  if (incoming.headers['transfer-encoding']) added.push(['transfer-encoding', 'chunked']);
  return [...kept, ...added].flat();
}

function sendBack(response: IncomingMessage, answer: ServerResponse): void {
  answer.writeHead(
    response.statusCode ?? 502,
    response.statusMessage,
    endToEndHeaders(response.rawHeaders).flat(),
  );
  response.pipe(answer, { end: false });
  // Half a file must not look like a whole one.
  response.on('aborted', () => answer.destroy());
}

/**
 * An upload that was answered before its end is read on: a client that is cut off while it sends never sees the answer, and
 * with the end of the answer the connection of a client that wants no other closes.
 */
function endAfterUpload(incoming: IncomingMessage, answer: ServerResponse): void {
  incoming.unpipe();
  incoming.once('end', () => answer.end()).resume();
}

function refuse(answer: ServerResponse, status: number, sentence: string): void {
  if (answer.headersSent) {
    answer.destroy();
    return;
  }
  answer.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  answer.end(JSON.stringify({ error: sentence, code: 'unavailable' }));
}
