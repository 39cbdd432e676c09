/**
 * What a service has to tell the person who started it, once: shown under the start screen.
 * For the administrator's first password and the like; it never goes to the log.
 */
export class StartNotices {
  private readonly lines: string[] = [];

  add(...lines: readonly string[]): void {
    this.lines.push(...lines);
  }

  /** Gives the lines and forgets them. */
  take(): string[] {
    return this.lines.splice(0);
  }
}
