import { getCompletionScript, getShellFromEnv, install, isShellSupported, log, parseEnv } from '@pnpm/tabtab';
import { explainFailure, StartError } from '@packhouse/runtime';
import type { Command } from 'commander';
import { complete, type ValueSource } from '../cli/complete';
import { ApiClient } from './api-client';

const program = { name: 'packhouse', completer: 'packhouse' } as const;
/** A key was pressed: whoever waits longer types the name. */
const PATIENCE_MS = 1500;

/** Prints the script that a shell reads. */
export async function printScript(shell: string): Promise<void> {
  if (!isShellSupported(shell)) throw new StartError(`There is no completion for ${shell}.`);
  process.stdout.write(await getCompletionScript({ ...program, shell }));
}

/** Puts the script into the start file of a shell. */
export async function installCompletion(wanted: string | undefined): Promise<void> {
  try {
    const shell = wanted ?? getShellFromEnv(process.env);
    if (!isShellSupported(shell)) throw new StartError(`There is no completion for ${shell}.`);
    await install({ ...program, shell });
    process.stdout.write(`Completion for ${shell} is installed: open a new shell.\n`);
  } catch (error) {
    const sentence =
      error instanceof TypeError ? `${error.message}. Say which with --shell.` : explainFailure(error);
    process.stderr.write(`${sentence}\n`);
    process.exitCode = 1;
  }
}

/** Answers a shell that asks what may come next. Says nothing where it knows nothing: the line is somebody's. */
export async function answerShell(root: Command): Promise<void> {
  try {
    const { partial } = parseEnv(process.env);
    const [, ...words] = partial.split(/\s+/);
    const suggestions = await complete(root, words, askInstance);
    log([...suggestions], getShellFromEnv(process.env));
  } catch {
    process.exitCode = 1;
  }
}

/** Names that the instance knows; none when it does not answer soon, or would have to ask for a password. */
const askInstance: ValueSource = async (kind) => {
  const { PACKHOUSE_TOKEN, PACKHOUSE_PASSWORD } = process.env;
  if (!PACKHOUSE_TOKEN && !PACKHOUSE_PASSWORD) return [];
  const asked = kind === 'format' ? listFormats() : listOrganizations();
  const late = new Promise<string[]>((resolve) => setTimeout(() => resolve([]), PATIENCE_MS).unref());
  return Promise.race([asked.catch(() => []), late]);
};

async function listFormats(): Promise<string[]> {
  const { formats } = await (await ApiClient.connect({})).call('GET', '/api/packhouse/v1');
  return (formats as Array<{ id: string }>).map(({ id }) => id);
}

async function listOrganizations(): Promise<string[]> {
  const items = await (await ApiClient.connect({})).list('/api/packhouse/v1/organizations');
  return (items as Array<{ login: string }>).map(({ login }) => login);
}
