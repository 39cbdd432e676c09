import { newSecret } from '@packhouse/kernel';
import { explainFailure, StartError } from '@packhouse/runtime';
import { ApiClient, segment, type ApiAnswer, type ConnectionOptions } from './api-client';
import { askPassword } from './ask-password';

/** What every command for accounts takes. */
export interface AccountOptions extends ConnectionOptions {
  readonly json?: boolean;
}

interface Outcome {
  readonly answer: ApiAnswer;
  /** For people. */
  readonly text: string;
}

export interface NewUserOptions extends AccountOptions {
  readonly email?: string;
  readonly name?: string;
  readonly admin?: boolean;
  readonly passwordStdin?: boolean;
}

export function createUser(login: string, options: NewUserOptions): Promise<void> {
  return perform(options, async (api) => {
    const given = options.passwordStdin ? await askPassword('') : undefined;
    const password = given ?? newSecret(15);
    const { email, name: displayName, admin: siteAdmin } = options;
    const answer = await api.call('POST', '/users', { login, password, email, displayName, siteAdmin });
    if (given !== undefined) return { answer, text: `Made the user ${login}.` };
    return {
      answer: { ...answer, password },
      text: `Made the user ${login}; the password is shown once: ${password}`,
    };
  });
}

export function createOrganization(
  login: string,
  options: AccountOptions & { readonly name?: string; readonly owner?: string },
): Promise<void> {
  return perform(options, async (api) => {
    const { name: displayName, owner } = options;
    const answer = await api.call('POST', '/organizations', { login, displayName, owner });
    return { answer, text: `Made the organization ${login}.` };
  });
}

export function addMember(
  organization: string,
  login: string,
  options: AccountOptions & { readonly role: string },
): Promise<void> {
  return perform(options, async (api) => {
    const { role } = options;
    await api.call('PUT', `/organizations/${segment(organization)}/members/${segment(login)}`, { role });
    return { answer: { organization, login, role }, text: `${login} is ${role} of ${organization}.` };
  });
}

export function removeMember(organization: string, login: string, options: AccountOptions): Promise<void> {
  return perform(options, async (api) => {
    await api.call('DELETE', `/organizations/${segment(organization)}/members/${segment(login)}`);
    return { answer: { organization, login, role: null }, text: `${login} is no longer in ${organization}.` };
  });
}

export interface NewTokenOptions extends AccountOptions {
  readonly name: string;
  readonly scopes?: string;
  readonly actions?: string;
  readonly owner?: string;
  readonly packages?: string;
  readonly expiresInDays?: string;
  readonly for?: string;
}

export function createToken(options: NewTokenOptions): Promise<void> {
  return perform(options, async (api) => {
    const expiresInDays = options.expiresInDays === undefined ? undefined : Number(options.expiresInDays);
    const path = options.for === undefined ? '/tokens' : `/users/${segment(options.for)}/tokens`;
    const answer = await api.call('POST', path, { name: options.name, ...reachOf(options), expiresInDays });
    // Alone on its line: scripts read it.
    return { answer, text: String(answer.token) };
  });
}

/** Scopes of a classic token, or the limits of a fine-grained one. */
function reachOf({ scopes, actions, owner, packages }: NewTokenOptions): object {
  if (actions === undefined) return { scopes: wordsOf(scopes ?? 'read:packages') };
  if (owner === undefined || scopes !== undefined)
    throw new StartError('A fine-grained token has --actions and --owner, and no --scopes.');
  return {
    limits: { owner, actions: wordsOf(actions), packages: packages === undefined ? null : wordsOf(packages) },
  };
}

function wordsOf(list: string): string[] {
  return list.split(',').map((word) => word.trim());
}

export function listTokens(options: AccountOptions): Promise<void> {
  return perform(options, async (api) => {
    const items = await readAll(api, '/tokens');
    const text = items.map(({ id, prefix, name, scopes, expiresAt }) => {
      const until = typeof expiresAt === 'string' ? `until ${expiresAt.slice(0, 10)}` : 'for ever';
      return `${String(id)}  ${String(prefix)}…  ${until}  ${String(scopes)}  ${String(name)}`;
    });
    return { answer: { items }, text: text.join('\n') || 'There are no tokens.' };
  });
}

export function revokeToken(id: string, options: AccountOptions): Promise<void> {
  return perform(options, async (api) => {
    await api.call('DELETE', `/tokens/${segment(id)}`);
    return { answer: { id, revoked: true }, text: 'The token is revoked.' };
  });
}

export function createRepository(
  fullName: string,
  options: AccountOptions & { readonly visibility: string },
): Promise<void> {
  return perform(options, async (api) => {
    const [name = '', owner] = fullName.split('/').reverse();
    const answer = await api.call('POST', '/repositories', { owner, name, visibility: options.visibility });
    return { answer, text: `Made the ${options.visibility} repository ${fullName}.` };
  });
}

async function readAll(api: ApiClient, path: string): Promise<ApiAnswer[]> {
  const items: ApiAnswer[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? '' : `?cursor=${segment(cursor)}`;
    const page = await api.call('GET', `${path}${query}`);
    items.push(...(page.items as ApiAnswer[]));
    cursor = page.next as string | null;
  } while (cursor !== null);
  return items;
}

/** Prints the outcome, or why there is none and exits with 1. */
async function perform(options: AccountOptions, work: (api: ApiClient) => Promise<Outcome>): Promise<void> {
  try {
    const { answer, text } = await work(await ApiClient.connect(options));
    process.stdout.write(`${options.json ? JSON.stringify(answer) : text}\n`);
  } catch (error) {
    process.stderr.write(`${explainFailure(error)}\n`);
    process.exitCode = 1;
  }
}
