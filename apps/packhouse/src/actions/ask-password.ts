import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/** Asks for a password at the terminal without showing it; from a pipe it is the first line. */
export async function askPassword(question: string): Promise<string> {
  const isTerminal = process.stdin.isTTY === true;
  if (isTerminal) process.stderr.write(question);
  // The line editor echoes what is typed to its output.
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: silence, terminal: isTerminal });
  try {
    return await firstLine(reader);
  } finally {
    reader.close();
    if (isTerminal) process.stderr.write('\n');
  }
}

function firstLine(reader: ReturnType<typeof createInterface>): Promise<string> {
  return new Promise((resolve) => {
    reader.once('line', resolve);
    reader.once('close', () => resolve(''));
    reader.once('SIGINT', () => process.exit(130));
  });
}
