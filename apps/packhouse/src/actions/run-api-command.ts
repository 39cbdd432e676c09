import { explainFailure } from '@packhouse/runtime';
import type { ApiCommand, ApiRequest, CommandInput, OptionValues } from '../cli/api-command';
import { ApiClient } from './api-client';
import { confirm } from './confirm';
import { printPages } from './print-pages';
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
    const confirmation = command.confirm?.(input);
    if (confirmation && !options.yes) await confirm(confirmation);
    if (command.most)
      return await printPages(api.pages(request.path), process.stdout, {
        columns: command.columns ?? [],
        most: command.most(options),
        json: options.json === true,
        progress: process.stderr.isTTY && !process.stdout.isTTY ? process.stderr : null,
      });
    if (command.raw) return await api.pass(request.path, process.stdout);
    process.stdout.write(`${await answerOf(api, command, request, input)}\n`);
  } catch (error) {
    process.stderr.write(`${explainFailure(error)}\n`);
    process.exitCode = 1;
  }
}

async function answerOf(
  api: ApiClient,
  { columns, done, failed, rows }: ApiCommand,
  { method, path, body }: ApiRequest,
  input: CommandInput,
): Promise<string> {
  const { json } = input.options;
  if (columns && !rows) {
    const items = await api.list(path);
    return json ? JSON.stringify({ items }) : renderRows(items, columns);
  }
  const answer = await api.call(method, path, body);
  if (failed?.(answer)) process.exitCode = 1;
  if (json) return JSON.stringify(answer);
  if (columns && rows) return renderRows(rows(answer), columns);
  return done ? done(input, answer) : renderFields(answer);
}

async function findOwnerPath(api: ApiClient, login: string): Promise<string> {
  const name = encodeURIComponent(login);
  const { type } = await api.call('GET', `/api/v3/users/${name}`);
  return `/api/v3/${type === 'Organization' ? 'orgs' : 'users'}/${name}`;
}
