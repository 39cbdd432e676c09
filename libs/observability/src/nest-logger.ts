import type { LoggerService } from '@nestjs/common';
import type { Logger } from './logger';

/** Gives Nest's own messages to our logger. Its chatter at start is for debugging only. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.logger.debug(context(rest), text(message));
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.logger.debug(context(rest), text(message));
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.logger.debug(context(rest), text(message));
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.logger.warn(context(rest), text(message));
  }

  error(message: unknown, ...rest: unknown[]): void {
    const facts = message instanceof Error ? { err: message } : {};
    this.logger.error({ ...facts, ...context(rest) }, text(message));
  }
}

/** Nest passes the context last; an error's stack may come before it. */
function context(rest: unknown[]): object {
  const last = rest.at(-1);
  const stack = rest.length > 1 && typeof rest[0] === 'string' ? { stack: rest[0] } : {};
  return typeof last === 'string' ? { context: last, ...stack } : {};
}

function text(message: unknown): string {
  if (message instanceof Error) return message.message;
  return typeof message === 'string' ? message : (JSON.stringify(message) ?? String(message));
}
