export * from './service-definition';
export {
  runAlone,
  runProcess,
  explainFailure,
  type ReadyMessage,
  type RunProcessOptions,
} from './run-process';
export { run, type RunningServices, type RunOptions } from './run';
export { StartError } from './start-error';
export { StartNotices } from './start-notices';
