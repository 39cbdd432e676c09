/** nginx on a folder of files: what this machine can do at most for the same bytes. */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const configuration = (folder, port) => `
daemon off; master_process on; worker_processes 2; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 1024; }
http {
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; default_type application/json;
  gzip_static on; gzip_vary on; etag on;
  client_body_temp_path ${folder}/t1; proxy_temp_path ${folder}/t2; fastcgi_temp_path ${folder}/t3;
  uwsgi_temp_path ${folder}/t4; scgi_temp_path ${folder}/t5;
  server { listen 127.0.0.1:${port} reuseport; root ${folder}/files; }
}
`;

export async function startNginx(testing) {
  const folder = testing.makeTemporaryFolder('nginx');
  mkdirSync(join(folder, 'files'));
  const port = await testing.findFreePort();
  writeFileSync(join(folder, 'nginx.conf'), configuration(folder, port));
  const PATH = `${process.env.PATH}:/usr/sbin`;
  const args = ['-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log'), '-p', folder];
  const child = spawn('nginx', args, { env: { PATH }, stdio: 'ignore' });
  const failed = new Promise((_, reject) => {
    child.on('error', () => reject(new Error('nginx is not installed: run "apt-get install nginx-light".')));
  });
  const url = `http://127.0.0.1:${port}`;
  await Promise.race([failed, testing.waitUntil('nginx answers', async () => (await fetch(url)).status > 0)]);
  return {
    url,
    /** What is served. */
    folder: join(folder, 'files'),
    /** Puts bytes there, with a compressed form beside them, and gives their URL. */
    serve(name, bytes, compress = true) {
      writeFileSync(join(folder, 'files', name), bytes);
      if (compress) writeFileSync(join(folder, 'files', `${name}.gz`), gzipSync(bytes, { level: 6 }));
      return `${url}/${name}`;
    },
    stop: () => child.kill('SIGTERM'),
  };
}
