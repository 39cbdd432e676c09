import type { Logger } from '@packhouse/observability';
import { connect, DebugEvents, ErrorCode, Events, type ConnectionOptions, type NatsConnection } from 'nats';

const ATTEMPT_MS = 2000;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 3000;

export interface NatsLinkOptions {
  /** First word of every subject. */
  readonly subjectPrefix?: string;
  /** How long the first connection may take before `connectNats` gives up. */
  readonly giveUpMs?: number;
}

/** The process's one connection to NATS. It reconnects for ever; what depends on it hears when it is down and up again. */
export class NatsLink {
  /** False between a disconnect and the reconnect. */
  isUp = true;
  private readonly downListeners: Array<() => void> = [];
  private readonly upListeners: Array<() => void> = [];
  private closing = false;

  constructor(
    readonly connection: NatsConnection,
    readonly prefix: string,
    private readonly logger: Logger,
  ) {
    void this.watch();
    if (!connection.info?.jetstream)
      logger.warn(
        { server: connection.getServer() },
        'This NATS server has no JetStream: events will wait; start it with -js',
      );
    void connection.closed().then((error) => {
      this.isUp = false;
      if (!this.closing)
        this.logger.error({ err: error }, 'The connection to NATS was closed for good: restart this process');
    });
  }

  /** `prefix.word.word`. */
  subject(...words: string[]): string {
    return [this.prefix, ...words].join('.');
  }

  onDown(listener: () => void): void {
    this.downListeners.push(listener);
  }

  onUp(listener: () => void): void {
    this.upListeners.push(listener);
  }

  /** Sends what is buffered and leaves. */
  async close(): Promise<void> {
    this.closing = true;
    if (this.connection.isClosed()) return;
    // While the server is away there is nobody to drain to.
    await (this.isUp ? this.connection.drain() : this.connection.close()).catch(() =>
      this.connection.close(),
    );
  }

  private tell(listeners: ReadonlyArray<() => void>): void {
    for (const listener of listeners) {
      try {
        listener();
      } catch (error) {
        // Thrown on, it would end the watch, and nobody would hear of later changes.
        this.logger.error({ err: error }, 'A reaction to a change of the NATS connection failed');
      }
    }
  }

  private async watch(): Promise<void> {
    for await (const { type, data } of this.connection.status()) {
      if (type === Events.Disconnect && this.isUp) {
        this.isUp = false;
        this.logger.warn({ server: data }, 'NATS is not reachable; reconnecting');
        this.tell(this.downListeners);
      } else if (type === Events.Reconnect) {
        this.isUp = true;
        this.logger.info({ server: data }, 'NATS is reachable again');
        this.tell(this.upListeners);
      } else if (type === Events.Error) {
        this.logger.error({ error: data }, 'NATS reported an error');
      } else if (type === DebugEvents.StaleConnection) {
        this.logger.warn({}, 'NATS stopped answering');
      }
    }
  }
}

/**
 * Connects to NATS (`url`: comma-separated servers, credentials allowed in the first).
 * @throws Error with one plain sentence when no server can be reached in time, or when it refuses the credentials.
 */
export async function connectNats(
  url: string,
  logger: Logger,
  options: NatsLinkOptions = {},
): Promise<NatsLink> {
  const giveUpAt = Date.now() + (options.giveUpMs ?? 10_000);
  const settings = connectionOptions(url);
  for (let attempt = 0; ; attempt += 1) {
    try {
      return new NatsLink(await connect(settings), options.subjectPrefix ?? 'packhouse', logger);
    } catch (error) {
      const { code, message } = error as Error & { code?: string };
      const shown = String(settings.servers);
      if (code === ErrorCode.AuthorizationViolation || code === ErrorCode.BadAuthentication) {
        throw new Error(`NATS at ${shown} refuses the credentials: correct PACKHOUSE_NATS_URL.`, {
          cause: error,
        });
      }
      if (Date.now() >= giveUpAt) {
        throw new Error(
          `NATS cannot be reached at ${shown} (${message}): start it, or correct PACKHOUSE_NATS_URL.`,
          { cause: error },
        );
      }
      if (attempt === 0)
        logger.warn({ servers: shown, error: message }, 'NATS is not reachable yet; trying again');
      await new Promise((resolve) => setTimeout(resolve, Math.min(500, Math.max(giveUpAt - Date.now(), 0))));
    }
  }
}

function connectionOptions(url: string): ConnectionOptions {
  const urls = url
    .split(',')
    .map((one) => new URL(one.includes('://') ? one.trim() : `nats://${one.trim()}`));
  const [first] = urls;
  const user = decodeURIComponent(first?.username ?? '');
  const pass = decodeURIComponent(first?.password ?? '');
  return {
    servers: urls.map(({ host }) => host),
    ...(user && pass ? { user, pass } : user ? { token: user } : {}),
    ...(first?.protocol === 'tls:' ? { tls: {} } : {}),
    name: `packhouse ${process.pid}`,
    timeout: ATTEMPT_MS,
    maxReconnectAttempts: -1,
    reconnectDelayHandler: growingWait(),
    ignoreAuthErrorAbort: true,
    pingInterval: 5000,
    maxPingOut: 2,
    noAsyncTraces: true,
  };
}

/** Waits that double from 0.1 to 3 s and start over after a calm minute, with jitter so that processes do not return all at once. */
function growingWait(): () => number {
  let wait = FIRST_WAIT_MS;
  let last = 0;
  return () => {
    const now = Date.now();
    wait = now - last > 60_000 ? FIRST_WAIT_MS : Math.min(wait * 2, LONGEST_WAIT_MS);
    last = now;
    return wait * (0.5 + Math.random());
  };
}
