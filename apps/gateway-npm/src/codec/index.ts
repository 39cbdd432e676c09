export * from './fragments';
export * from './package-name';
export * from './package-version';
export * from './packument';
export * from './registry-signature';
export * from './request-path';
export * from './write-requests';
export * from './publish-document';
