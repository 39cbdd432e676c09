// `npm run packhouse -- …`: the command line, built first when its sources changed.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepare, root } from './prepare.mjs';

prepare();
const { runCommandLine } = (
  await import(pathToFileURL(join(root, 'apps', 'packhouse', 'dist', 'index.js')).href)
).default;
await runCommandLine(process.argv.slice(2));
