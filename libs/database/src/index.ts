export { LocalPostgres, type LocalPostgresOptions } from './local-postgres';
export { startScratchPostgres, type ScratchPostgres } from './scratch-postgres';
export * from './service-database';
