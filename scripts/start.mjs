// `npm start`: gets the clone ready, then runs everything in this process. Options of `packhouse start` may follow `--`.
import module from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepare, root } from './prepare.mjs';

prepare();
// npm runs this below a shell that does not pass signals on: when the shell is gone, somebody has stopped npm.
const shell = process.ppid;
const watch = setInterval(() => {
  if (process.ppid === shell) return;
  clearInterval(watch);
  process.kill(process.pid, 'SIGTERM');
}, 1000);
watch.unref();
// Node 22 and newer keep compiled code between starts.
module.enableCompileCache?.(join(root, 'node_modules', '.cache', 'packhouse'));
const { runCommandLine } = (
  await import(pathToFileURL(join(root, 'apps', 'packhouse', 'dist', 'index.js')).href)
).default;
await runCommandLine(['start', ...process.argv.slice(2)]);
