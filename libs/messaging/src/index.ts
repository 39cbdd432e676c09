export * from './bus';
export * from './invalidations';
export * from './outbox';
