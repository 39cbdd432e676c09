export { runCommandLine } from './cli/command-line';
export { loadServices } from './services';
