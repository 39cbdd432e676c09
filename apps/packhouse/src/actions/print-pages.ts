import { once } from 'node:events';
import { Table } from './render-answer';

export interface PrintOptions {
  readonly columns: readonly string[];
  /** How many items at most; null: all. */
  readonly most: number | null;
  /** One line of JSON for each item. */
  readonly json: boolean;
  /** Where to say how far it is, for somebody who waits for a file to fill. */
  readonly progress: NodeJS.WritableStream | null;
}

/** Prints a list as its pages come; one page is in memory at a time. */
export async function printPages(
  pages: AsyncIterable<readonly unknown[]>,
  output: NodeJS.WritableStream,
  { columns, most, json, progress }: PrintOptions,
): Promise<void> {
  const table = new Table(columns);
  let count = 0;
  for await (const page of pages) {
    const items = most === null ? page : page.slice(0, most - count);
    count += items.length;
    const text = json ? items.map((item) => JSON.stringify(item)).join('\n') : table.render(items);
    if (text !== '' && !output.write(`${text}\n`)) await once(output, 'drain');
    progress?.write(`\r${count} so far`);
    if (most !== null && count >= most) break;
  }
  progress?.write(`\r${count} in all\n`);
  if (count === 0 && !json) output.write('There are none.\n');
}
