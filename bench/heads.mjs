/** HEAD requests per second: wrk waits for the body that an answer to HEAD only announces. */
import { connect } from 'node:net';

const END = '\r\n\r\n';

/** One request after the other on each of the connections; an answer other than 200 ends the run with an error. */
export async function runHeads(url, path, headers, { connections = 16, seconds = 5 } = {}) {
  const { hostname, port } = new URL(url);
  const lines = Object.entries({ Host: `${hostname}:${port}`, ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  const request = [`HEAD ${path} HTTP/1.1`, ...lines].join('\r\n') + END;
  const until = Date.now() + seconds * 1000;
  let answers = 0;
  const run = () =>
    new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => socket.write(request));
      let seen = '';
      socket.setEncoding('latin1').on('data', (chunk) => {
        seen += chunk;
        if (!seen.endsWith(END)) return;
        if (!seen.startsWith('HTTP/1.1 200')) return void socket.destroy(new Error(`HEAD ${path}: ${seen}`));
        seen = '';
        answers += 1;
        if (Date.now() < until) socket.write(request);
        else socket.end();
      });
      socket.on('error', reject).on('close', resolve);
    });
  const started = process.hrtime.bigint();
  await Promise.all(Array.from({ length: connections }, run));
  return { perSecond: answers / (Number(process.hrtime.bigint() - started) / 1e9) };
}
