export * from './service-definition';
export { run, type RunningServices, type RunOptions } from './run';
export { runAlone, runProcess, type ReadyMessage, type RunProcessOptions } from './run-process';
export { StartError } from './start-error';
export { StartNotices } from './start-notices';
export { explainFailure, untilStopped, type Stoppable } from './until-stopped';
