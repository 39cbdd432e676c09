export { runCommandLine } from './cli/command-line';
export { services } from './services';
