/** Requests per second through wrk, and what one answer looks like. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const script = join(import.meta.dirname, 'wrk.lua');

/**
 * Loads one URL with 64 connections. wrk has one thread: on a machine with two cores a second one takes time from the
 * server that is measured. With a `body` (JSON) the requests are POSTs,
 * with `pages` each asks for another of so many, with `paths` for one after the other. `p50`, `p95` and `p99` are
 * milliseconds of the answers that were measured, without those that wrk invents (see wrk.lua).
 */
export function runWrk(url, headers, options = {}) {
  const { connections = 64, seconds = 5, body = '', pages = 0, paths = [] } = options;
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '--timeout', '30s', '-s', script];
  for (const [name, value] of Object.entries(headers)) args.push('-H', `${name}: ${value}`);
  const env = {
    ...{ ...process.env, WRK_CONNECTIONS: String(connections) },
    ...{ WRK_BODY: body, WRK_PAGES: String(pages), WRK_PATHS: paths.join(' ') },
  };
  const child = spawn('wrk', [...args, url], { stdio: ['ignore', 'pipe', 'pipe'], env });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  return new Promise((resolve, reject) => {
    child.on('error', () => reject(new Error('wrk is not installed: run "apt-get install wrk".')));
    child.on('close', () => {
      const perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(output)?.[1] ?? NaN);
      const faults = /Non-2xx or 3xx responses[^\n]*|Socket errors: connect [1-9][^\n]*/.exec(output)?.[0];
      if (Number.isNaN(perSecond) || faults) reject(new Error(`wrk ${url}: ${faults ?? output}`));
      else resolve({ perSecond, median: /50%\s+(\S+)/.exec(output)?.[1] ?? '', ...percentiles(output) });
    });
  });
}

function percentiles(output) {
  const of = (name) => Number(new RegExp(`${name}=([\\d.]+)`).exec(output)?.[1] ?? NaN) / 1000;
  return { p50: of('p50'), p95: of('p95'), p99: of('p99') };
}

/** One answer as it comes over the wire: status, ETag and the number of body bytes, compressed if so. */
export async function probe(url, headers) {
  const { request } = await import('node:http');
  return new Promise((resolve, reject) => {
    request(url, { headers }, (answer) => {
      let bytes = 0;
      answer.on('data', (chunk) => (bytes += chunk.length));
      answer.on('end', () =>
        resolve({
          status: answer.statusCode,
          etag: answer.headers.etag,
          bytes,
          encoding: answer.headers['content-encoding'],
        }),
      );
    })
      .on('error', reject)
      .end();
  });
}
