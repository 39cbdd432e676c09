/** Lets so many do their work at a time; the others wait, first come first served. */
export class Turns {
  private readonly waiting: Array<() => void> = [];

  constructor(private free: number) {}

  /** How many wait. */
  get line(): number {
    return this.waiting.length;
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.free += 1;
    }
  }
}
