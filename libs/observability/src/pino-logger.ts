import type { LogSettings } from '@packhouse/config';
import { destination, pino, type DestinationStream, type Logger as Pino } from 'pino';
import type { Logger } from './logger';
import { redactFacts, redactText } from './redact';
import { formatTextLine } from './text-line';

/** The product's logger. Lines go to standard output, or to `sink`; secrets are taken out on the way. */
export function createLogger(
  settings: Pick<LogSettings, 'level' | 'format'>,
  sink?: DestinationStream,
): Logger {
  const out = sink ?? destination({ dest: 1, sync: true });
  const target =
    settings.format === 'text' ? { write: (line: string) => out.write(formatTextLine(line)) } : out;
  return new PinoLogger(pino({ level: settings.level, base: null }, target));
}

class PinoLogger implements Logger {
  constructor(private readonly pino: Pino) {}

  debug(facts: object, message: string): void {
    this.write('debug', facts, message);
  }

  info(facts: object, message: string): void {
    this.write('info', facts, message);
  }

  warn(facts: object, message: string): void {
    this.write('warn', facts, message);
  }

  error(facts: object, message: string): void {
    this.write('error', facts, message);
  }

  child(facts: object): Logger {
    return new PinoLogger(this.pino.child(redactFacts(facts)));
  }

  private write(level: 'debug' | 'info' | 'warn' | 'error', facts: object, message: string): void {
    // Redaction costs more than a suppressed line may.
    if (this.pino.isLevelEnabled(level)) this.pino[level](redactFacts(facts), redactText(message));
  }
}
