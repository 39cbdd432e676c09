import { explainFailure } from '@packhouse/runtime';
import type { ApiCommand, ApiRequest, CommandInput, OptionValues } from '../cli/api-command';
import { ApiClient } from './api-client';
import { renderFields, renderRows } from './render-answer';

/** Runs one command: asks, and prints the answer for a script or for a person. */
export async function runApiCommand(
  command: ApiCommand,
  args: readonly string[],
  options: OptionValues,
): Promise<void> {
  try {
    const api = await ApiClient.connect(options);
    const input: CommandInput = { args, options, ownerPath: (login) => findOwnerPath(api, login) };
    const request = await command.request(input);
    if (command.raw) return await api.pass(request.path, process.stdout);
    process.stdout.write(`${await answerOf(api, command, request, input)}\n`);
  } catch (error) {
    process.stderr.write(`${explainFailure(error)}\n`);
    process.exitCode = 1;
  }
}

async function answerOf(
  api: ApiClient,
  { columns, done, onePage, rows }: ApiCommand,
  { method, path, body }: ApiRequest,
  input: CommandInput,
): Promise<string> {
  const { json } = input.options;
  if (columns && !rows) {
    const items = await api.list(path, onePage);
    return json ? JSON.stringify({ items }) : renderRows(items, columns);
  }
  const answer = await api.call(method, path, body);
  if (json) return JSON.stringify(answer);
  if (columns && rows) return renderRows(rows(answer), columns);
  return done ? done(input, answer) : renderFields(answer);
}

async function findOwnerPath(api: ApiClient, login: string): Promise<string> {
  const name = encodeURIComponent(login);
  const { type } = await api.call('GET', `/api/v3/users/${name}`);
  return `/api/v3/${type === 'Organization' ? 'orgs' : 'users'}/${name}`;
}
