/** What tests of projects that do not know the platform's libraries need of them. */
export { layCluster, shareCluster, startScratchPostgres, type ScratchPostgres } from '@packhouse/database';
export { clientToken } from '@packhouse/messaging';
export type { Logger } from '@packhouse/observability';
