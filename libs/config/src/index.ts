export * from './define-settings';
export * from './document-settings';
export * from './groups';
export * from './schemas';
export * from './settings';
