export * from './audit.contract';
export * from './auth.contract';
export * from './auth.events';
export { sharedPackage, type SharedPackage } from './auth.grants';
export * from './auth.policies';
export * from './auth.publishers';
export * from './auth.repositories';
export * from './auth.repository-roles';
export * from './auth.schemas';
export * from './auth.sessions';
export * from './auth.teams';
export * from './billing.contract';
export * from './blobs.collections';
export * from './blobs.contract';
export * from './blobs.schemas';
export { uploadSession, type UploadSession } from './blobs.uploads';
export * from './common';
export * from './complete-readable';
export * from './define-contract';
export * from './invalidation';
export * from './is-readable';
export * from './maintenance';
export * from './metadata.contract';
export * from './metadata.events';
export {
  MAX_TAG_PATTERNS,
  relatedVersion,
  relationName,
  tagPatterns,
  versionRelations,
  type RelatedVersion,
  type RelationName,
  type VersionRelations,
} from './metadata.relations';
export { retiredName, type RetiredName } from './metadata.retired-names';
export * from './metadata.schemas';
export { MAX_MEASURED } from './metadata.storage';
export * from './name-pattern';
export * from './metadata.connections';
export * from './slices';
