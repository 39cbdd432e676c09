import { createInterface } from 'node:readline/promises';
import { StartError } from '@packhouse/runtime';
import type { Confirmation } from '../cli/api-command';

/** Lets a person type the name of what cannot be undone; from a pipe it is the first line. @throws StartError otherwise. */
export async function confirm(
  { warning, name }: Confirmation,
  input: NodeJS.ReadableStream = process.stdin,
  output: NodeJS.WritableStream = process.stderr,
): Promise<void> {
  output.write(`${warning}\nType ${name} to go on: `);
  const reader = createInterface({ input });
  const typed = await new Promise<string>((resolve) => {
    reader.once('line', resolve);
    reader.once('close', () => resolve(''));
  });
  reader.close();
  if (typed.trim() !== name)
    throw new StartError(`Nothing was changed: "${name}" was not typed. In scripts say --yes.`);
}
