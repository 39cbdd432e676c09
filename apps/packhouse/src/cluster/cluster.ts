import { rmSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newSecret } from '@packhouse/kernel';
import type { ServiceDefinition } from '@packhouse/runtime';
import { startBacking, type Backing } from './dev-backing';
import { FrontProxy, type Upstream } from './front-proxy';
import { ServiceProcess } from './service-process';

export interface ClusterOptions {
  readonly services: readonly ServiceDefinition[];
  /** Settings of the services; servers that are set here are used instead of started. Default: the environment. */
  readonly env?: NodeJS.ProcessEnv;
  /** The temporary folder is made below it. */
  readonly parentFolder?: string;
  readonly host?: string;
  readonly port?: number;
  /** Processes of each service that listens for HTTP. */
  readonly replicas?: number;
  readonly onLine?: (line: string) => void;
}

/** Every service as a process of its own, over real servers. */
export interface Cluster {
  /** The front proxy, which asks the replicas in turn. */
  readonly url: string;
  /** A front proxy per replica, which asks only that replica of each service. */
  readonly replicaUrls: readonly string[];
  /** Each process that listens for HTTP, by itself. */
  readonly gatewayUrls: readonly string[];
  readonly adminLogin: string;
  readonly adminPassword: string;
  readonly processes: readonly ClusterProcess[];
  /** Ends one process of a service and waits until it serves again. */
  restartService(name: string, options?: { replica?: number; signal?: 'SIGTERM' | 'SIGKILL' }): Promise<void>;
  stop(): Promise<void>;
}

export interface ClusterProcess {
  readonly service: string;
  /** From 0. */
  readonly replica: number;
  readonly pid: number | null;
  readonly url: string | null;
}

interface RunningService {
  readonly definition: ServiceDefinition;
  readonly processes: readonly ServiceProcess[];
}

const SILENT = (): void => undefined;

/** Starts a whole cluster on free loopback ports, its data in a temporary folder that goes with it. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const cluster = new DevCluster(options);
  try {
    await cluster.start();
    return cluster;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

class DevCluster implements Cluster {
  url = '';
  replicaUrls: readonly string[] = [];
  readonly adminLogin: string;
  readonly adminPassword: string;
  private readonly env: NodeJS.ProcessEnv;
  private readonly replicas: number;
  private readonly fronts: FrontProxy[] = [];
  private running: readonly RunningService[] = [];
  private backing: Backing | null = null;
  private folder: string | null = null;
  private ready = false;

  constructor(private readonly options: ClusterOptions) {
    this.env = options.env ?? process.env;
    this.replicas = options.replicas ?? 2;
    this.adminLogin = this.env.PACKHOUSE_ADMIN_LOGIN || 'admin-user';
    this.adminPassword = this.env.PACKHOUSE_ADMIN_PASSWORD || newSecret(15);
  }

  get gatewayUrls(): string[] {
    const listening = new Set(
      this.running.filter(({ definition }) => definition.http).map(({ definition }) => definition.name),
    );
    return this.processes.flatMap(({ service, url }) =>
      url !== null && listening.has(service) ? [url] : [],
    );
  }

  get processes(): ClusterProcess[] {
    return this.running.flatMap(({ definition: { name: service }, processes }) =>
      processes.map(({ pid, port }, replica) => {
        const url = port === null ? null : `http://127.0.0.1:${port}`;
        return { service, replica, pid, url };
      }),
    );
  }

  async start(): Promise<void> {
    // First of all: a busy port must not cost a start of everything.
    this.url = await this.openFront(this.options.host ?? '127.0.0.1', this.options.port ?? 0);
    const pinned = Array.from({ length: this.replicas }, (_, replica) =>
      this.openFront('127.0.0.1', 0, replica),
    );
    this.replicaUrls = await Promise.all(pinned);
    const parent = this.options.parentFolder ?? tmpdir();
    await mkdir(parent, { recursive: true });
    this.folder = await mkdtemp(join(parent, 'packhouse-cluster-'));
    // Postgres runs as an account of its own when we are root.
    await chmod(this.folder, 0o755);
    process.once('exit', this.removeFolder);
    const { env } = this;
    this.backing = await startBacking({ folder: this.folder, env: this.backingEnv(), onLine: this.onLine });
    const settings = { ...env, ...this.clusterSettings(), ...this.backing.env };
    this.running = this.options.services.map((definition) => this.prepare(definition, settings));
    await Promise.all(this.running.flatMap(({ processes }) => processes.map((one) => one.start())));
    this.ready = true;
  }

  async restartService(
    name: string,
    { replica = 0, signal }: { replica?: number; signal?: 'SIGTERM' | 'SIGKILL' } = {},
  ): Promise<void> {
    const one = this.running.find(({ definition }) => definition.name === name)?.processes[replica];
    if (!one) throw new Error(`There is no replica ${replica} of a service "${name}" in this cluster.`);
    await one.restart(signal);
  }

  async stop(): Promise<void> {
    this.ready = false;
    // Those that listen first: what they flush goes to the others.
    const listening = this.running.filter(({ definition }) => definition.http);
    const others = this.running.filter(({ definition }) => !definition.http);
    for (const group of [listening, others]) {
      await Promise.all(group.flatMap(({ processes }) => processes.map((one) => one.stop())));
    }
    await Promise.all(this.fronts.splice(0).map((front) => front.close()));
    await this.backing?.stop();
    process.off('exit', this.removeFolder);
    if (this.folder) await rm(this.folder, { recursive: true, force: true });
  }

  /** Cut short by a second signal: what still writes there ends with us. */
  private readonly removeFolder = (): void => {
    if (this.folder) rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  };

  private readonly onLine = (line: string): void => (this.options.onLine ?? SILENT)(line);

  private async openFront(host: string, port: number, replica?: number): Promise<string> {
    const front = new FrontProxy({
      upstreams: () => this.upstreams(),
      isReady: () => this.isReady(),
      replica,
    });
    const listening = await front.listen(host, port);
    this.fronts.push(front);
    return `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${listening}`;
  }

  private prepare(definition: ServiceDefinition, settings: NodeJS.ProcessEnv): RunningService {
    const count = definition.http ? this.replicas : 1;
    const processes = Array.from({ length: count }, (_, index) => {
      const label = count > 1 ? `${definition.name} ${index + 1}` : definition.name;
      return new ServiceProcess({
        args: ['serve', definition.name],
        env: settings,
        label,
        onLine: this.onLine,
      });
    });
    return { definition, processes };
  }

  /** Every process listens on a free port of its own and believes the front's forwarded headers. */
  private clusterSettings(): Record<string, string> {
    return {
      PACKHOUSE_HOST: '127.0.0.1',
      PACKHOUSE_PORT: '0',
      PACKHOUSE_URL: this.env.PACKHOUSE_URL || this.url,
      PACKHOUSE_TRUSTED_PROXIES: '127.0.0.1',
      PACKHOUSE_ADMIN_LOGIN: this.adminLogin,
      PACKHOUSE_ADMIN_PASSWORD: this.adminPassword,
    };
  }

  /** Postgres must not take itself for a service with a port. */
  private backingEnv(): NodeJS.ProcessEnv {
    return { ...this.env, PACKHOUSE_PORT: undefined };
  }

  private upstreams(): Upstream[] {
    return this.running.flatMap(({ definition, processes }) =>
      definition.http ? [{ paths: definition.http.paths, ports: processes.map(({ port }) => port) }] : [],
    );
  }

  private isReady(): boolean {
    return this.ready && this.running.every(({ processes }) => processes.every(({ isReady }) => isReady));
  }
}
