import { createServer, type ServerResponse } from 'node:http';
import type { ServerSettings } from '@packhouse/config';
import type { HealthRegistry } from '@packhouse/observability';
import type { Cleanup } from './cleanup';

/** /health/live and /health/ready of a process that serves nothing else by HTTP. Gives the port. */
export async function serveHealthAlone(
  { host, port }: ServerSettings,
  health: HealthRegistry,
  cleanup: Cleanup,
): Promise<number> {
  const server = createServer((request, response) => {
    request.resume();
    const path = request.url?.split('?')[0];
    if (path === '/health/live') answer(response, 200, health.live());
    else if (path === '/health/ready')
      void health.ready().then((state) => answer(response, state.ready ? 200 : 503, state));
    else answer(response, 404, { error: 'Only /health/live and /health/ready are served here.' });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  cleanup.defer('the health server', async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

function answer(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  });
  response.end(text);
}
