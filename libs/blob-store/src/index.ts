export * from './blob-store';
export * from './create-blob-store';
export * from './disk-blob-store';
