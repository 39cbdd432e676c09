import { packagePosition, type Account, type ListedPackage, type Repository } from '@packhouse/contracts';
import type { GraphContext, Resolver } from '../graph-context';
import { GraphError } from '../graph-error';
import { toConnection } from '../reading/connection';
import type { PackageFilter } from '../reading/graph-reader';
import { readNodeId, writeNodeId } from '../reading/node-ids';
import { readPageArguments, type PageArguments } from '../reading/page-arguments';
import { findRepositoryByName } from './repository-visibility';
import { requirePackageScope } from './required-scopes';

interface PackagesArguments extends PageArguments {
  readonly names?: ReadonlyArray<string | null> | null;
  readonly packageType?: string | null;
  readonly repositoryId?: string | null;
}

const MAX_NAMES = 100;

const listPackages =
  (kind: 'owner' | 'repository') =>
  async ({ id }: { readonly id: string }, args: PackagesArguments, context: GraphContext) => {
    requirePackageScope(context.caller.principal, 'packages', 'read:packages');
    const { reader } = context;
    const slice = readPageArguments('packages', args, packagePosition, 'DESC');
    const filter = readFilter(args, context);
    // Nothing can be of a format that is not served, or linked to what is no repository.
    if (filter === null) return toConnection({ items: [], isMore: false }, slice, positionOf, () => 0);
    const list = await reader.listPackages(kind, id, filter, slice);
    return toConnection(list, slice, positionOf, () => reader.countPackages(kind, id, filter));
  };

const positionOf = ({ createdAt, number }: ListedPackage) => ({ createdAt, number });

/** Null: nothing can match. */
function readFilter(args: PackagesArguments, { formats }: GraphContext): PackageFilter | null {
  const wanted = args.packageType ? formats.formatsOf(args.packageType) : null;
  const repository = args.repositoryId ? readNodeId(args.repositoryId) : null;
  const isRepository = !args.repositoryId || repository?.kind === 'Repository';
  if (wanted?.length === 0 || !isRepository) return null;
  return { formats: wanted, names: readNames(args.names), repositoryId: repository?.id ?? null };
}

function readNames(names: PackagesArguments['names']): string[] | null {
  if (!names) return null;
  if (names.length > MAX_NAMES)
    throw new GraphError('ARGUMENT_LIMIT', `You may not provide more than ${MAX_NAMES} names.`);
  return names.filter((name) => name !== null).map((name) => name.slice(0, 1024));
}

const onAccount = {
  avatarUrl: ((account, _args, { baseUrl }) =>
    `${baseUrl}/avatars/${encodeURIComponent(account.login)}`) satisfies Resolver<Account>,
  databaseId: ((account) => account.number) satisfies Resolver<Account>,
  id: ((account) =>
    writeNodeId(
      account.kind === 'bot' ? 'Bot' : accountType(account),
      account.id,
    )) satisfies Resolver<Account>,
  name: ((account) => account.displayName) satisfies Resolver<Account>,
  packages: listPackages('owner'),
  repository: ((account, { name }, context) =>
    findRepositoryByName(context, account.login, name)) satisfies Resolver<Account, { name: string }>,
  resourcePath: ((account) => `/${account.login}`) satisfies Resolver<Account>,
  url: ((account, _args, { baseUrl }) => `${baseUrl}/${account.login}`) satisfies Resolver<Account>,
};

const onUser = {
  ...onAccount,
  email: ((account, _args, { caller: { principal } }) =>
    (principal.accountId === account.id || principal.siteAdmin ? account.email : null) ??
    '') satisfies Resolver<Account>,
  isSiteAdmin: ((account) => account.siteAdmin) satisfies Resolver<Account>,
  isViewer: ((account, _args, { caller }) =>
    account.id === caller.principal.accountId) satisfies Resolver<Account>,
};

const onOrganization = {
  ...onAccount,
  viewerCanAdminister: (async (account, _args, context) =>
    context.caller.principal.siteAdmin ||
    (await roleOf(account, context)) === 'owner') satisfies Resolver<Account>,
  viewerIsAMember: (async (account, _args, context) =>
    (await roleOf(account, context)) !== null) satisfies Resolver<Account>,
};

const onRepository = {
  id: ((repository) => writeNodeId('Repository', repository.id)) satisfies Resolver<Repository>,
  databaseId: ((repository) => repository.number) satisfies Resolver<Repository>,
  isPrivate: ((repository) => repository.visibility !== 'public') satisfies Resolver<Repository>,
  nameWithOwner: ((repository) =>
    `${repository.ownerLogin}/${repository.name}`) satisfies Resolver<Repository>,
  owner: ((repository, _args, { reader }) =>
    reader.accounts.load(repository.ownerId)) satisfies Resolver<Repository>,
  packages: listPackages('repository'),
  resourcePath: ((repository) =>
    `/${repository.ownerLogin}/${repository.name}`) satisfies Resolver<Repository>,
  url: ((repository, _args, { baseUrl }) =>
    `${baseUrl}/${repository.ownerLogin}/${repository.name}`) satisfies Resolver<Repository>,
  visibility: ((repository) => repository.visibility.toUpperCase()) satisfies Resolver<Repository>,
};

/** Accounts and repositories. */
export const ownerResolvers = { User: onUser, Organization: onOrganization, Repository: onRepository };

/** The schema has people and organizations; what acts for workflows is shown as a person. */
export function accountType({ kind }: Account): 'User' | 'Organization' {
  return kind === 'organization' ? 'Organization' : 'User';
}

async function roleOf(account: Account, { auth, caller }: GraphContext): Promise<'owner' | 'member' | null> {
  const { accountId } = caller.principal;
  return (await auth.findMembership({ organizationId: account.id, accountId })).role;
}
