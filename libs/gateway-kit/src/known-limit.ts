import { isDomainError, SECOND } from '@packhouse/kernel';

/** While nobody answers, how often an upload asks all the same. */
const ASK_AGAIN_MS = SECOND;

/**
 * Whether an owner has a limit, as one upload knows it. Where there was none, the upload goes on while nobody answers: what was
 * nearly sent is not lost to a short outage, and at its end it has to be said all the same.
 */
export class KnownLimit {
  private wasUnlimited = false;
  /** In epoch milliseconds; 0: answers come. */
  private askAgainAt = 0;

  /** `ask`: answers at once what is in memory. */
  constructor(private readonly ask: () => boolean | Promise<boolean>) {}

  /** Rejects as `ask` does, where nothing is known yet or where that is no outage. */
  isLimited(): boolean | Promise<boolean> {
    const isAway = this.askAgainAt !== 0;
    if (Date.now() < this.askAgainAt) return false;
    if (isAway) this.askAgainAt = Date.now() + ASK_AGAIN_MS;
    const answer = this.ask();
    if (typeof answer === 'boolean') return this.note(answer);
    const heard = answer.then(
      (isLimited) => this.note(isLimited),
      (error: unknown) => this.goOnWithout(error),
    );
    if (!isAway) return heard;
    // Nobody waits for one answer after the other that may not come; the next question meets what this one brings.
    heard.catch(() => undefined);
    return false;
  }

  private note(isLimited: boolean): boolean {
    this.wasUnlimited = !isLimited;
    this.askAgainAt = 0;
    return isLimited;
  }

  private goOnWithout(error: unknown): boolean {
    const isOutage = isDomainError(error, 'unavailable') || isDomainError(error, 'deadline_exceeded');
    if (!this.wasUnlimited || !isOutage) throw error;
    this.askAgainAt = Date.now() + ASK_AGAIN_MS;
    return false;
  }
}
