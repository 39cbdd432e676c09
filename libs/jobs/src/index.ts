export { createWakeup, type WakeupOptions } from './create-wakeup';
export { FailedJobs, type RequeuedJob } from './failed-jobs';
export { maintenanceController } from './maintenance-controller';
export * from './job-queue';
export { JobRunner, type JobRunnerOptions } from './job-runner';
export { jobsMigration } from './jobs-migration';
export { PostgresJobQueue } from './postgres-job-queue';
export { LocalWakeup, type Wakeup } from './wakeup';
