export { LocalPostgres, type LocalPostgresOptions } from './local-postgres';
export { startScratchPostgres, type ScratchPostgres } from './scratch-postgres';
export { layCluster, shareCluster } from './scratch-seed';
export * from './service-database';
export { findSqlState } from './database-errors';
export {
  openServiceDatabase,
  type OpenServiceDatabase,
  type ServiceDatabaseOptions,
} from './open-service-database';
export { queryPrepared, sendPrepared } from './prepared-query';
