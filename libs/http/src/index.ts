export * from './conditional';
export * from './error-filter';
export * from './held-body';
export * from './public-url';
export * from './range';
export * from './request-body';
export * from './warm-reads';
