import { Argument, Option, type Command } from 'commander';
import { exampleOf, withConnection } from './connection-options';

/** Values of options, by the names that commander gives them. */
export type OptionValues = Readonly<Record<string, string | boolean | undefined>>;

/** What a command knows when it decides what to ask. */
export interface CommandInput {
  readonly args: readonly string[];
  readonly options: OptionValues;
  /** `/api/v3/orgs/LOGIN` or `/api/v3/users/LOGIN`, whichever the login is. */
  readonly ownerPath: (login: string) => Promise<string>;
}

export type ApiAnswer = Readonly<Record<string, unknown>>;

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** From the root of the instance. */
  readonly path: string;
  readonly body?: object;
}

export interface ApiOption {
  readonly flags: string;
  readonly description: string;
  readonly choices?: readonly string[];
  readonly default?: string;
  readonly required?: boolean;
}

/** A place after the command's name; with choices nothing else is taken. */
export type ApiArgument = string | { readonly name: string; readonly choices: readonly string[] };

/** What a command wants to be sure of. */
export interface Confirmation {
  readonly warning: string;
  /** What the person has to type. */
  readonly name: string;
}

/** A command that asks the API one question: what it is called, what it asks, what people are told. */
export interface ApiCommand {
  readonly name: string;
  readonly args?: readonly ApiArgument[];
  readonly description: string;
  readonly options?: readonly ApiOption[];
  /** What its help says beyond the options. */
  readonly help?: string;
  readonly example: string;
  /** What has to be typed before it is done, as there is no way back; null: nothing. `--yes` types it too. */
  readonly confirm?: (input: CommandInput) => Confirmation | null;
  readonly request: (input: CommandInput) => ApiRequest | Promise<ApiRequest>;
  /** Reads every page and shows these fields of each; dots lead inwards. */
  readonly columns?: readonly string[];
  /** Shows pages as they come, at most so many items; null: all. JSON is a line for each then. */
  readonly most?: (options: OptionValues) => number | null;
  /** Where one answer holds the items that `columns` shows. */
  readonly rows?: (answer: ApiAnswer) => readonly unknown[];
  /** Whether the answer says that it did not succeed: exit code 1. */
  readonly failed?: (answer: ApiAnswer) => boolean;
  /** Passes the answer on as it comes. */
  readonly raw?: boolean;
  /** The sentence for who reads the terminal; otherwise the fields of the answer. */
  readonly done?: (input: CommandInput, answer: ApiAnswer) => string;
}

/** Adds commands to a group; what they need to run is loaded when one is called. */
export function addApiCommands(group: Command, commands: readonly ApiCommand[]): void {
  for (const definition of commands) {
    const command = withConnection(group.command(definition.name)).description(definition.description);
    for (const argument of definition.args ?? []) command.addArgument(toArgument(argument));
    for (const option of definition.options ?? []) command.addOption(toOption(option));
    if (definition.confirm) command.option('--yes', 'do not ask: for scripts');
    if (definition.help) command.addHelpText('after', definition.help);
    command.addHelpText('after', exampleOf(definition.example));
    command.action(async (...given: unknown[]) => {
      const args = (given.slice(0, definition.args?.length ?? 0) as Array<string | undefined>).map(
        (value) => value ?? '',
      );
      const { runApiCommand } = await import('../actions/run-api-command.js');
      await runApiCommand(definition, args, command.opts<Record<string, string | boolean | undefined>>());
    });
  }
}

function toArgument(argument: ApiArgument): Argument {
  return typeof argument === 'string'
    ? new Argument(argument)
    : new Argument(argument.name).choices([...argument.choices]);
}

function toOption({ flags, description, choices, default: byDefault, required }: ApiOption): Option {
  const option = new Option(flags, description);
  if (choices) option.choices([...choices]);
  if (byDefault !== undefined) option.default(byDefault);
  if (required) option.makeOptionMandatory();
  return option;
}

/** A name as a path segment. */
export const seg = (name: string | boolean | undefined): string => encodeURIComponent(String(name ?? ''));

/** The options that were given, as fields of a body. */
export function given(
  options: OptionValues,
  names: Readonly<Record<string, string>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(names).flatMap(([option, field]) =>
      options[option] === undefined ? [] : [[field, options[option]]],
    ),
  );
}

/** `owner/name`, `@owner/name`: owner and the name that the API uses. */
export function splitName(text: string): { readonly owner: string; readonly name: string } {
  const slash = text.indexOf('/');
  return { owner: text.slice(0, Math.max(0, slash)).replace(/^@/, ''), name: text.slice(slash + 1) };
}
