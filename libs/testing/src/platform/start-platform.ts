import { startDistributed } from './distributed-platform';
import { startEmbedded } from './embedded-platform';
import type { PlatformApi } from './platform-api';

/** Everything in one process, or one process a service over NATS with two replicas of each gateway. */
export type PlatformMode = 'embedded' | 'distributed';

export interface PlatformOptions {
  readonly mode: PlatformMode;
  /** Settings beside what the start itself sets. */
  readonly env?: Readonly<Record<string, string>>;
  /** Keeps its data here; default: a new temporary folder. */
  readonly dataFolder?: string;
}

/** The compiled product, running as a person would start it. */
export interface RunningPlatform {
  readonly mode: PlatformMode;
  /** Where clients reach it: in distributed mode the front proxy. The same after a restart. */
  readonly url: string;
  /** Each replica of the gateways by itself; embedded, the one process. */
  readonly replicas: readonly string[];
  readonly adminLogin: string;
  readonly adminPassword: string;
  readonly dataFolder: string;
  /** The process that was started; everything else is its descendant. Changes with a restart. */
  readonly pid: number;
  /** Its own Postgres, which need not be a descendant; 0 when it was given one. Changes with a restart. */
  readonly databasePid: number;
  /** The API as the administrator. */
  readonly api: PlatformApi;
  /** Names of all that lies in the blob store, what is on its way in included: equal lists, equal content. */
  listStored(): Promise<string[]>;
  /** Everything it printed so far. */
  output(): string;
  /** Asks it to end (SIGTERM) and waits. */
  stop(): Promise<void>;
  /** SIGKILL to the whole process group, as a power cut would. */
  kill(): Promise<void>;
  /** Starts it again on the same data and port, with these settings changed; gives the milliseconds until it was ready. */
  restart(env?: Readonly<Record<string, string>>): Promise<number>;
}

/** Starts the product and waits until it is ready. */
export function startPlatform(options: PlatformOptions): Promise<RunningPlatform> {
  return options.mode === 'embedded' ? startEmbedded(options) : startDistributed(options);
}
