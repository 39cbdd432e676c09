import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { createCommandLine } from '../cli/command-line';
import { documentCommands, textAfter, visible } from './document-commands';

const read = (file: string): string => readFileSync(join(__dirname, '../../../..', file), 'utf8');

/** Commands that do something, with the words that call them. */
function leavesOf(command: Command, path = ''): Array<{ readonly path: string; readonly command: Command }> {
  const inner = visible(command);
  const here = `${path} ${command.name()}`.trim();
  return inner.length === 0 ? [{ path: here, command }] : inner.flatMap((one) => leavesOf(one, here));
}

describe('the command line', () => {
  it('is described in docs/cli.md as the code says: npm run packhouse -- commands > docs/cli.md', () => {
    expect(read('docs/cli.md').trim()).toBe(documentCommands(createCommandLine()).trim());
  });

  it('shows how each command is used, by an example that calls it', () => {
    const leaves = leavesOf(createCommandLine());
    expect(leaves.length).toBeGreaterThan(60);
    const without = leaves.filter(({ path, command }) => {
      const examples = /Examples?:\n([\s\S]*)$/.exec(textAfter(command))?.[1] ?? '';
      return !examples.includes(`packhouse ${path.replace(/^packhouse /, '')}`);
    });
    expect(without.map(({ path }) => path)).toEqual([]);
  });

  it('is told of in the changelog, group by group', () => {
    const changelog = read('CHANGELOG.md');
    const groups = visible(createCommandLine()).map((command) => command.name());
    expect(groups.filter((name) => !changelog.includes(`\`${name}\``))).toEqual([]);
  });
});
