import { Settings } from '@packhouse/config';
import { untilStopped, type ServiceDefinition } from '@packhouse/runtime';
import { startCluster, type Cluster } from '../cluster/cluster';
import { loadServices } from '../services';
import { productVersion } from '../version';
import { renderStartScreen } from './start-screen';

interface DevClusterOptions {
  readonly replicas: string;
  readonly verbose?: boolean;
  readonly json?: boolean;
}

/** Every service as a process of its own, until Ctrl-C. */
export async function startDevCluster({ replicas, verbose, json }: DevClusterOptions): Promise<void> {
  const onLine = (line: string): void => {
    if (verbose || isWorthSeeing(line)) process.stdout.write(`${line}\n`);
  };
  const services = await loadServices();
  const start = (): Promise<Cluster> => {
    const { server } = Settings.load(process.env).values;
    if (!json) process.stdout.write('Starting NATS, Redis, Postgres, an S3 server and the services …\n');
    return startCluster({
      services,
      host: server.host,
      port: server.port,
      parentFolder: process.env.PACKHOUSE_DATA,
      replicas: Math.max(1, Number.parseInt(replicas, 10) || 1),
      onLine,
    });
  };
  await untilStopped(start, (cluster) => {
    process.stdout.write(json ? `${JSON.stringify(describe(cluster))}\n` : renderScreen(cluster, services));
  });
}

/** Seven processes say the same at every start; what went wrong is what one wants to see. */
function isWorthSeeing(line: string): boolean {
  return / (warn |error) |: ended|No S3/.test(line);
}

function describe(cluster: Cluster): object {
  const { url, replicaUrls, gatewayUrls, adminLogin, adminPassword, processes } = cluster;
  return { url, replicaUrls, gatewayUrls, adminLogin, adminPassword, processes };
}

function renderScreen(cluster: Cluster, services: readonly ServiceDefinition[]): string {
  return renderStartScreen({
    version: productVersion(),
    url: cluster.url,
    dataFolder: null,
    notices: [
      'Administrator (its data goes when the cluster stops):',
      `  login     ${cluster.adminLogin}`,
      `  password  ${cluster.adminPassword}`,
      ...cluster.replicaUrls.map((url, index) => `Only replica ${index + 1} of everything: ${url}`),
    ],
    services,
    startedInMs: performance.now(),
  });
}
