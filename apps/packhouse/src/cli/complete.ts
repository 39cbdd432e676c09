import type { Argument, Command, Option } from 'commander';

/** A word that may come next, with what a shell shows beside it. */
export interface Suggestion {
  readonly name: string;
  readonly description?: string;
}

/** Values that only the instance knows; each kind is asked for when its place comes up. */
export type ValueSource = (kind: 'format' | 'organization') => Promise<readonly string[]>;

const noValues: readonly Suggestion[] = [];

/** What may stand at the end of a line: `words` are those behind the program's name, the last one as far as it is typed. */
export async function complete(
  program: Command,
  words: readonly string[],
  values: ValueSource,
): Promise<readonly Suggestion[]> {
  const typed = words[words.length - 1] ?? '';
  const { command, places, open } = walk(program, words.slice(0, -1));
  const all = open ? await valuesOf(open, values) : await nextWords(command, typed, places, values);
  return all.filter(({ name }) => name.startsWith(typed));
}

interface Place {
  readonly command: Command;
  /** Arguments that are given already. */
  readonly places: number;
  /** The option whose value comes next. */
  readonly open: Option | null;
}

function walk(program: Command, words: readonly string[]): Place {
  let command = program;
  let places = 0;
  let open: Option | null = null;
  for (const word of words) {
    if (open) {
      open = null;
      continue;
    }
    const option = command.options.find(({ long, short }) => word === long || word === short);
    if (option) open = option.required ? option : null;
    else if (!word.startsWith('-')) {
      const inner = command.commands.find((one) => one.name() === word);
      if (inner) {
        command = inner;
        places = 0;
      } else places += 1;
    }
  }
  return { command, places, open };
}

async function nextWords(
  command: Command,
  typed: string,
  places: number,
  values: ValueSource,
): Promise<readonly Suggestion[]> {
  if (typed.startsWith('-'))
    return command.options
      .filter(({ hidden, long }) => !hidden && long)
      .map(({ long, description }) => ({ name: long ?? '', description }))
      .concat({ name: '--help', description: 'print help' });
  const inner = command.commands
    .filter((one) => !(one as Command & { _hidden?: boolean })._hidden)
    .map((one) => ({ name: one.name(), description: one.description() }));
  if (inner.length > 0) return inner;
  const argument = command.registeredArguments[places];
  return argument ? valuesOf(argument, values) : noValues;
}

async function valuesOf(place: Option | Argument, values: ValueSource): Promise<readonly Suggestion[]> {
  if (place.argChoices) return place.argChoices.map((name) => ({ name }));
  const name = 'flags' in place ? /<([^>]+)>/.exec(place.flags)?.[1] : place.name();
  if (name === 'format') return toSuggestions(await values('format'));
  if (name === 'org' || name === 'owner') return toSuggestions(await values('organization'));
  return noValues;
}

function toSuggestions(names: readonly string[]): Suggestion[] {
  return names.map((name) => ({ name }));
}
