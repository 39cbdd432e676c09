/** Gives the values of many keys at once; a key that it leaves out has none. */
export type BatchRead<K, V> = (keys: readonly K[]) => Promise<ReadonlyMap<string, V>>;

interface Waiting<K, V> {
  readonly key: K;
  readonly promise: Promise<V | null>;
  readonly settle: (value: V | null) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Collects what the fields of one level of a query ask for and reads it with few questions: one for `maxBatch` keys.
 * Lives as long as one request; what was read once is not read again.
 */
export class BatchLoader<K, V> {
  private readonly known = new Map<string, Promise<V | null>>();
  private queue: Waiting<K, V>[] = [];

  constructor(
    private readonly read: BatchRead<K, V>,
    private readonly nameOf: (key: K) => string,
    private readonly maxBatch: number,
  ) {}

  load(key: K): Promise<V | null> {
    const name = this.nameOf(key);
    const known = this.known.get(name);
    if (known) return known;
    let settle!: Waiting<K, V>['settle'];
    let fail!: Waiting<K, V>['fail'];
    const promise = new Promise<V | null>((resolve, reject) => {
      settle = resolve;
      fail = reject;
    });
    this.known.set(name, promise);
    if (this.queue.push({ key, promise, settle, fail }) === 1) this.schedule();
    return promise;
  }

  /** What was read on the way to something else. */
  prime(key: K, value: V): void {
    const name = this.nameOf(key);
    if (!this.known.has(name)) this.known.set(name, Promise.resolve(value));
  }

  /** After every promise that is ready has run, for those ask for keys too. */
  private schedule(): void {
    void Promise.resolve().then(() => process.nextTick(() => this.dispatch()));
  }

  private dispatch(): void {
    const waiting = this.queue;
    this.queue = [];
    for (let start = 0; start < waiting.length; start += this.maxBatch)
      void this.readBatch(waiting.slice(start, start + this.maxBatch));
  }

  private async readBatch(batch: readonly Waiting<K, V>[]): Promise<void> {
    try {
      const values = await this.read(batch.map(({ key }) => key));
      for (const { key, settle } of batch) settle(values.get(this.nameOf(key)) ?? null);
    } catch (error) {
      for (const { fail } of batch) fail(error);
    }
  }
}
