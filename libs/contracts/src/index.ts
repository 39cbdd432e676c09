export * from './auth.contract';
export * from './auth.schemas';
export * from './blobs.contract';
export * from './common';
export * from './define-contract';
export * from './invalidation';
export * from './metadata.contract';
export * from './metadata.schemas';
