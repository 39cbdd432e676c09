import { Option, type Command } from 'commander';
import { commandGroup, exampleOf, withConnection } from './connection-options';
import type { AccountOptions, NewTokenOptions, NewUserOptions } from '../actions/accounts';

type Actions = typeof import('../actions/accounts');

/** Commands that change accounts of a running instance through its API. */
export function addAccountCommands(program: Command): void {
  addUserCommands(program);
  addOrganizationCommands(program);
  addTokenCommands(program);
  addRepositoryCommands(program);
}

const load = (): Promise<Actions> => import('../actions/accounts.js');

function addUserCommands(program: Command): void {
  const user = commandGroup(program, 'user', 'people', 'user create alice --login admin-user');
  withConnection(user.command('create').argument('<login>'))
    .description('make an account for a person')
    .addHelpText('after', exampleOf('user create alice --email alice@example.com'))
    .option('--email <address>', 'e-mail address')
    .option('--name <name>', 'name to show')
    .option('--admin', 'make a site administrator')
    .option(
      '--password-stdin',
      'read the password from standard input; otherwise a random one is made and shown',
    )
    .action(async (login: string, options: NewUserOptions) => (await load()).createUser(login, options));
}

function addOrganizationCommands(program: Command): void {
  const org = commandGroup(
    program,
    'org',
    'organizations and their members',
    'org create acme --owner alice',
  );
  withConnection(org.command('create').argument('<login>'))
    .description('make an organization')
    .addHelpText('after', exampleOf('org create acme --owner alice'))
    .option('--name <name>', 'name to show')
    .option('--owner <login>', 'its first owner; otherwise you')
    .action(async (login: string, options: AccountOptions) =>
      (await load()).createOrganization(login, options),
    );
  withConnection(org.command('add-member').argument('<org>').argument('<login>'))
    .description('add a member, or change the role of one')
    .addHelpText('after', exampleOf('org add-member acme alice --role owner'))
    .addOption(
      new Option('--role <role>', 'what the member is').choices(['member', 'owner']).default('member'),
    )
    .action(async (name: string, login: string, options: AccountOptions & { role: string }) =>
      (await load()).addMember(name, login, options),
    );
  withConnection(org.command('remove-member').argument('<org>').argument('<login>'))
    .description('remove a member')
    .addHelpText('after', exampleOf('org remove-member acme alice'))
    .action(async (name: string, login: string, options: AccountOptions) =>
      (await load()).removeMember(name, login, options),
    );
}

function addTokenCommands(program: Command): void {
  const token = commandGroup(
    program,
    'token',
    'access tokens',
    'token create --login alice --name laptop --scopes read:packages,write:packages',
  );
  withConnection(token.command('create'))
    .description('make an access token and print it, this once')
    .addHelpText('after', exampleOf('token create --name laptop --scopes read:packages,write:packages'))
    .requiredOption('--name <name>', 'to recognise it')
    .option('--scopes <list>', 'what a classic token may do, comma-separated (default: read:packages)')
    .option('--actions <list>', 'makes a fine-grained token: read, write, delete, admin')
    .option('--owner <login>', 'of a fine-grained token: whose packages')
    .option('--packages <list>', 'of a fine-grained token: only these names, * for any run of characters')
    .option('--expires-in-days <days>', 'otherwise it does not expire')
    .option('--for <login>', 'for somebody else; site administrators only')
    .action(async (options: NewTokenOptions) => (await load()).createToken(options));
  withConnection(token.command('list'))
    .description('list your tokens')
    .addHelpText('after', exampleOf('token list'))
    .action(async (options: AccountOptions) => (await load()).listTokens(options));
  withConnection(token.command('revoke').argument('<id>'))
    .description('revoke one of your tokens')
    .addHelpText('after', exampleOf('token revoke 0190a8f2-6f3b-7c11-9d2e-5b7f0c1d2e3f'))
    .action(async (id: string, options: AccountOptions) => (await load()).revokeToken(id, options));
}

function addRepositoryCommands(program: Command): void {
  const repo = commandGroup(program, 'repo', 'repositories', 'repo create acme/website --visibility public');
  withConnection(repo.command('create').argument('<owner/name>'))
    .description('make a repository that packages can be linked to')
    .addHelpText('after', exampleOf('repo create acme/website --visibility public'))
    .addOption(
      new Option('--visibility <kind>', 'who may see it')
        .choices(['public', 'private', 'internal'])
        .default('private'),
    )
    .action(async (name: string, options: AccountOptions & { visibility: string }) =>
      (await load()).createRepository(name, options),
    );
}
