import type { Command } from 'commander';
import { DomainError } from '@packhouse/kernel';
import {
  addApiCommands,
  seg,
  type ApiAnswer,
  type ApiCommand,
  type ApiOption,
  type CommandInput,
} from './api-command';
import { commandGroup } from './connection-options';
import { ownPackagePath, packageTarget, packageText } from './package-commands';

const subjects: readonly ApiOption[] = [
  { flags: '--user <login>', description: 'a person' },
  { flags: '--team <slug>', description: "a team of the package's owner" },
  { flags: '--workflows <repository>', description: "the workflows of a repository of the package's owner" },
];

interface Subject {
  /** Below the access of the package. */
  readonly path: string;
  readonly text: string;
}

/** Whom the options name: exactly one. */
function subjectOf({ user, team, workflows }: CommandInput['options']): Subject {
  const named = [
    { value: user, folder: 'people', text: '' },
    { value: team, folder: 'teams', text: 'the team ' },
    { value: workflows, folder: 'repositories', text: 'workflows of ' },
  ].filter(({ value }) => value !== undefined);
  const [one] = named;
  if (!one || named.length > 1)
    throw new DomainError(
      'invalid_request',
      'Say whom with one of --user, --team and --workflows: each call is about one of them.',
    );
  return { path: `${one.folder}/${seg(one.value)}`, text: `${one.text}${String(one.value)}` };
}

type Listed = Readonly<Record<string, string>>;

/** People, teams and workflows, one after the other. */
function rowsOf({ people, teams, repositories }: ApiAnswer): object[] {
  const of = (items: unknown): readonly Listed[] => (Array.isArray(items) ? (items as Listed[]) : []);
  return [
    ...of(people).map(({ login, role }) => ({ kind: 'user', name: login, role })),
    ...of(teams).map(({ slug, role }) => ({ kind: 'team', name: slug, role })),
    ...of(repositories).map(({ owner, name, role }) => ({
      ...{ kind: 'workflows', name: `${owner}/${name}`, role },
    })),
  ];
}

const accessPath = (input: CommandInput): string => `${ownPackagePath(input)}/access`;

const accessCommands: readonly ApiCommand[] = [
  {
    name: 'list',
    args: packageTarget,
    description: 'list who has a role on a package besides its owners',
    example: 'package access list npm @acme/lib',
    request: (input) => ({ method: 'GET', path: accessPath(input) }),
    rows: rowsOf,
    columns: ['kind', 'name', 'role'],
  },
  {
    name: 'grant',
    args: packageTarget,
    description: 'give a person, a team, or the workflows of a repository a role, or another one',
    options: [
      ...subjects,
      {
        flags: '--role <role>',
        description: 'what it may do',
        choices: ['read', 'write', 'admin'],
        required: true,
      },
    ],
    example: 'package access grant npm @acme/lib --team builders --role write',
    request: (input) => ({
      method: 'PUT',
      path: `${accessPath(input)}/${subjectOf(input.options).path}`,
      body: { role: input.options.role },
    }),
    done: (input) =>
      `${packageText(input)}: ${subjectOf(input.options).text} has the role ${String(input.options.role)}.`,
  },
  {
    name: 'revoke',
    args: packageTarget,
    description: 'take the role of a person, a team, or the workflows of a repository, at once',
    options: subjects,
    example: 'package access revoke npm @acme/lib --user bob',
    request: (input) => ({
      method: 'DELETE',
      path: `${accessPath(input)}/${subjectOf(input.options).path}`,
    }),
    done: (input) => `${packageText(input)}: ${subjectOf(input.options).text} has no role of its own.`,
  },
];

/** Who has access to a package. */
export function addPackageAccessCommands(program: Command): void {
  const group = commandGroup(program, 'package', 'packages and their versions', 'package list npm acme');
  addApiCommands(
    commandGroup(group, 'access', 'who has access to a package', 'package access list npm @acme/lib'),
    accessCommands,
  );
}
