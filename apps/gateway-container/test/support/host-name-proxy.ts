import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { findFreePort } from '@packhouse/testing';

/**
 * Stands in for a name server: clients reach an address of this machine and come by a host name of the product. It tells
 * them to fetch their tokens here too, and changes nothing else.
 */
export class HostNameProxy {
  private constructor(
    readonly host: string,
    private readonly server: Server,
  ) {}

  /**
   * `target`: where the product listens, or the path below it for which the name stands, where what is before the product
   * tells by paths which service gets a request; `name`: the host name by which it is to be reached.
   */
  static async start(target: string, name: string): Promise<HostNameProxy> {
    const host = `127.0.0.1:${await findFreePort()}`;
    const server = createServer((request, response) => pass(request, response, { target, name, host }));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(Number(host.split(':')[1]), '127.0.0.1', resolve);
    });
    return new HostNameProxy(host, server);
  }

  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}

function pass(
  request: IncomingMessage,
  response: ServerResponse,
  { target, name, host }: { target: string; name: string; host: string },
): void {
  const { method, url = '/' } = request;
  const upstream = httpRequest(`${target}${url}`, { method, headers: { ...request.headers, host: name } });
  upstream.on('response', (answer) => {
    const challenge = answer.headers['www-authenticate']?.replace(
      `realm="http://${name}/`,
      `realm="http://${host}/`,
    );
    const headers = { ...answer.headers, ...(challenge !== undefined && { 'www-authenticate': challenge }) };
    response.writeHead(answer.statusCode ?? 502, headers);
    answer.pipe(response);
  });
  upstream.on('error', () => response.destroy());
  request.pipe(upstream);
}
