import { spawn } from 'node:child_process';
import { mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getClient } from '../clients/installations';
import { findFreePort } from '../processes/free-port';
import { killGroup } from '../processes/run-command';
import { makeTemporaryFolder } from '../processes/temporary-folder';
import { waitUntil } from '../processes/wait-until';

/** A known registry to calibrate the client suites against and to measure beside. */
export interface VerdaccioServer {
  readonly url: string;
  readonly pid: number;
  readonly folder: string;
  /** Makes an account and gives its token. */
  createUser(login: string, password: string): Promise<string>;
  stop(): void;
}

const configuration = (folder: string) => `
storage: ${folder}/storage
auth: { htpasswd: { file: ${folder}/htpasswd } }
uplinks: {}
packages:
  '@private-*/*': { access: $authenticated, publish: $authenticated, unpublish: $authenticated }
  '**': { access: $all, publish: $authenticated, unpublish: $authenticated }
max_body_size: 400mb
userRateLimit: { max: 100000 }
middlewares: { audit: { enabled: false } }
log: { type: stdout, format: pretty, level: warn }
`;

/** Verdaccio on a free loopback port, with no registry behind it. */
export async function startVerdaccio(): Promise<VerdaccioServer> {
  const [program = '', ...first] = getClient('verdaccio');
  const folder = makeTemporaryFolder('verdaccio');
  mkdirSync(join(folder, 'storage'));
  writeFileSync(join(folder, 'config.yaml'), configuration(folder));
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const log = openSync(join(folder, 'log.txt'), 'a');
  const args = [...first, '--config', join(folder, 'config.yaml'), '--listen', `127.0.0.1:${port}`];
  const child = spawn(program, args, { cwd: folder, detached: true, stdio: ['ignore', log, log] });
  const stop = () => killGroup(child);
  process.once('exit', stop);
  await waitUntil('Verdaccio answers', async () => (await fetch(`${url}/-/ping`)).ok);
  return {
    url,
    pid: child.pid ?? 0,
    folder,
    stop,
    async createUser(login, password) {
      const body = {
        _id: `org.couchdb.user:${login}`,
        name: login,
        password,
        type: 'user',
        roles: [],
        date: '',
      };
      const answer = await fetch(`${url}/-/user/${body._id}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const { token } = (await answer.json()) as { token?: string };
      if (!token) throw new Error(`Verdaccio made no account: HTTP ${answer.status}`);
      return token;
    },
  };
}
