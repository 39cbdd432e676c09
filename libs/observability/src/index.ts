export * from './health-registry';
export * from './logger';
export * from './nest-logger';
export * from './pino-logger';
export * from './redact';
