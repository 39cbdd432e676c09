import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findFreePort } from '../processes/free-port';
import { makeTemporaryFolder } from '../processes/temporary-folder';
import { waitUntil } from '../processes/wait-until';

export interface NginxServer {
  readonly url: string;
  stop(): void;
}

/** What docs/operations.md says of nginx before an instance with blobs on disk. */
const configuration = (folder: string, port: number, upstream: string, blobs: string) => `
daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 256; }
http {
  access_log off; sendfile on;
  client_body_temp_path ${folder}/t1; proxy_temp_path ${folder}/t2; fastcgi_temp_path ${folder}/t3;
  uwsgi_temp_path ${folder}/t4; scgi_temp_path ${folder}/t5;
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass ${upstream}; proxy_set_header Host $http_host; client_max_body_size 0; }
    location /stored-blobs/ {
      internal;
      alias ${blobs}/;
      etag off;
      add_header ETag $upstream_http_etag;
      add_header Docker-Content-Digest $upstream_http_docker_content_digest;
      add_header X-Content-Type-Options nosniff;
    }
  }
}
`;

/** nginx before a server, sending its blobs from `/stored-blobs/`. */
export async function startNginxBefore(upstream: string, blobs: string): Promise<NginxServer> {
  const folder = makeTemporaryFolder('nginx');
  const port = await findFreePort();
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, configuration(folder, port, upstream, blobs));
  const env = { PATH: `${process.env.PATH}:/usr/sbin` };
  const args = ['-c', file, '-e', join(folder, 'error.log'), '-p', folder];
  const child = spawn('nginx', args, { env, stdio: 'ignore' });
  const stop = (): void => void child.kill('SIGTERM');
  process.once('exit', stop);
  const url = `http://127.0.0.1:${port}`;
  await waitUntil('nginx answers', async () => (await fetch(`${url}/health`)).status > 0);
  return { url, stop };
}
