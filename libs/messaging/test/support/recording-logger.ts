import type { Logger } from '@packhouse/observability';

export interface Line {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly facts: Record<string, unknown>;
  readonly message: string;
}

/** A logger that keeps its lines. */
export class RecordingLogger implements Logger {
  readonly lines: Line[] = [];

  debug(facts: object, message: string): void {
    this.keep('debug', facts, message);
  }

  info(facts: object, message: string): void {
    this.keep('info', facts, message);
  }

  warn(facts: object, message: string): void {
    this.keep('warn', facts, message);
  }

  error(facts: object, message: string): void {
    this.keep('error', facts, message);
  }

  child(): Logger {
    return this;
  }

  private keep(level: Line['level'], facts: object, message: string): void {
    this.lines.push({ level, facts: facts as Record<string, unknown>, message });
  }
}
