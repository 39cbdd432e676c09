import { createServer } from 'node:net';

const FIRST = 20_000;
const COUNT = 12_000;

/**
 * A free loopback port. Below the range that the kernel hands to outgoing connections, so that a client's
 * connection cannot take it between this check and its use, or while a killed server is down.
 */
export async function findFreePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (await canListen(port)) return port;
  }
  throw new Error(`No free port between ${FIRST} and ${FIRST + COUNT}`);
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
