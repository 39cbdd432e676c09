import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { join } from 'node:path';
import { findFreePort } from '../processes/free-port';
import { makeTemporaryFolder } from '../processes/temporary-folder';

/** One request that went through, and what became of it. */
export interface ProxiedExchange {
  readonly method: string;
  /** Path and query as they were asked for. */
  readonly path: string;
  readonly status: number;
  readonly location: string | undefined;
}

/** What people put before an instance for HTTPS: takes TLS off, with a certificate of its own, and says so upstream. */
export class TlsProxy {
  /** Everything that went through, in the order of the answers. */
  readonly exchanges: ProxiedExchange[] = [];
  /** Where requests go; set once the instance listens. */
  target = '';

  private constructor(
    /** The address that clients use. */
    readonly url: string,
    /** The certificate that clients have to trust. */
    readonly certificateFile: string,
    private readonly server: Server,
  ) {}

  static async start(): Promise<TlsProxy> {
    const { keyFile, certificateFile } = makeCertificate();
    const port = await findFreePort();
    const server = createServer({ key: readFileSync(keyFile), cert: readFileSync(certificateFile) });
    const proxy = new TlsProxy(`https://localhost:${port}`, certificateFile, server);
    server.on('request', (request, response) => proxy.pass(request, response));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    return proxy;
  }

  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private pass(request: IncomingMessage, response: ServerResponse): void {
    const headers = {
      ...request.headers,
      'x-forwarded-proto': 'https',
      'x-forwarded-host': new URL(this.url).host,
      'x-forwarded-for': request.socket.remoteAddress ?? '',
    };
    const upstream = httpRequest(`${this.target}${request.url ?? '/'}`, { method: request.method, headers });
    upstream.on('response', (answer) => {
      this.exchanges.push({
        ...{ method: request.method ?? '', path: request.url ?? '' },
        ...{ status: answer.statusCode ?? 502, location: answer.headers.location },
      });
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    upstream.on('error', () => response.writeHead(502).end());
    request.pipe(upstream);
  }
}

function makeCertificate(): { keyFile: string; certificateFile: string } {
  const folder = makeTemporaryFolder('certificate');
  const [keyFile, certificateFile] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const files = ['-keyout', keyFile, '-out', certificateFile];
  execFileSync('openssl', ['req', ...kind, ...subject, ...files], { stdio: 'pipe' });
  return { keyFile, certificateFile };
}
