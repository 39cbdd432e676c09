import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OciAccount } from '../containers/oci-http';
import { findFreePort } from '../processes/free-port';
import { findProgram } from '../processes/programs';
import { killGroup } from '../processes/run-command';
import { makeTemporaryFolder } from '../processes/temporary-folder';
import { waitUntil } from '../processes/wait-until';
import { TokenIssuer } from './token-issuer';

/** A known container registry to calibrate the client suites against and to measure beside. */
export interface DockerRegistryServer {
  readonly url: string;
  readonly pid: number;
  readonly folder: string;
  /** Who may do what there; null for a registry that lets everybody do everything. */
  readonly issuer: TokenIssuer | null;
  /** Makes an account that may do everything below its own name and these. */
  createUser(login: string, password: string, owners?: readonly string[]): OciAccount;
  stop(): Promise<void>;
}

const configuration = (folder: string, port: number, issuer: TokenIssuer | null) => `
version: 0.1
log: { level: error, accesslog: { disabled: true } }
storage: { filesystem: { rootdirectory: ${folder}/storage }, delete: { enabled: true } }
validation: { manifests: { urls: { allow: [".*"] } } }
http: { addr: "127.0.0.1:${port}" }
${issuer ? `auth: { token: { realm: "${issuer.url}/token", service: "${issuer.service}", issuer: "${issuer.name}", rootcertbundle: "${issuer.certificateFile}" } }` : ''}
`;

/** Debian's `docker-registry` on a free loopback port; with tokens unless `open`. */
export async function startDockerRegistry({ open = false } = {}): Promise<DockerRegistryServer> {
  const folder = makeTemporaryFolder('docker-registry');
  mkdirSync(join(folder, 'storage'));
  const port = await findFreePort();
  const issuer = open ? null : await TokenIssuer.start();
  writeFileSync(join(folder, 'config.yaml'), configuration(folder, port, issuer));
  const log = openSync(join(folder, 'log.txt'), 'a');
  const child = spawn(findProgram('docker-registry'), ['serve', join(folder, 'config.yaml')], {
    cwd: folder,
    detached: true,
    env: { PATH: process.env.PATH ?? '', HOME: folder, OTEL_TRACES_EXPORTER: 'none' },
    stdio: ['ignore', log, log],
  });
  const kill = () => killGroup(child);
  process.once('exit', kill);
  const url = `http://127.0.0.1:${port}`;
  await waitUntil('docker-registry answers', async () => (await fetch(`${url}/v2/`)).status < 500).catch(
    (error: unknown) => {
      throw new Error(`No registry: ${readFileSync(join(folder, 'log.txt'), 'utf8')}`, { cause: error });
    },
  );
  return {
    url,
    pid: child.pid ?? 0,
    folder,
    issuer,
    createUser(login, password, owners = []) {
      issuer?.addAccount(login, password, [login, ...owners]);
      return { login, secret: password };
    },
    async stop() {
      kill();
      await issuer?.stop();
    },
  };
}
