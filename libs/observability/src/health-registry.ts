/** One thing that must work for this process to be of use; rejects when it does not. */
export type HealthCheck = () => Promise<void>;

/** What `/health/ready` answers: `ok` or what is wrong, by part. */
export interface Readiness {
  readonly ready: boolean;
  readonly parts: Readonly<Record<string, string>>;
}

/** Injection token. */
export const HEALTH = Symbol('HealthRegistry');

const CHECK_LIMIT_MS = 2000;

/** Knows the state of a process: starting, ready or stopping, and the parts it depends on. */
export class HealthRegistry {
  private readonly checks = new Map<string, HealthCheck>();
  private state: 'starting' | 'started' | 'stopping' = 'starting';

  /** Adds a part that readiness depends on. */
  register(part: string, check: HealthCheck): void {
    this.checks.set(part, check);
  }

  /** The process serves from now on. */
  markStarted(): void {
    this.state = 'started';
  }

  /** No new work should be sent here. */
  markStopping(): void {
    this.state = 'stopping';
  }

  /** True unless the process should be replaced; a dependency that is down does not make that so. */
  live(): { live: true; state: string } {
    return { live: true, state: this.state };
  }

  /** Runs every check, each within two seconds. Messages name no secrets: only which part failed. */
  async ready(): Promise<Readiness> {
    const results = await Promise.all([...this.checks].map(([part, check]) => runCheck(part, check)));
    const parts: Record<string, string> = {
      process: this.state === 'started' ? 'ok' : this.state,
      ...Object.fromEntries(results),
    };
    return { ready: Object.values(parts).every((state) => state === 'ok'), parts };
  }
}

async function runCheck(part: string, check: HealthCheck): Promise<[string, string]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('no answer'), CHECK_LIMIT_MS);
  });
  const answer = Promise.resolve()
    .then(check)
    .then(
      () => 'ok',
      () => 'failed',
    );
  const state = await Promise.race([answer, late]);
  clearTimeout(timer);
  return [part, state];
}
