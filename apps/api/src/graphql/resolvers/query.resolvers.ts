import type { Account } from '@packhouse/contracts';
import { SECOND } from '@packhouse/kernel';
import type { GraphContext, Resolver } from '../graph-context';
import { GraphError } from '../graph-error';
import { MAX_PAGE } from '../limits/node-count';
import type { GraphReader } from '../reading/graph-reader';
import { readNodeId, type NodeId } from '../reading/node-ids';
import { accountType } from './owner.resolvers';
import { findRepository, findRepositoryByName } from './repository-visibility';
import { requirePackageScope } from './required-scopes';

const onQuery = {
  viewer: (async (_root, _args, { reader, caller }) =>
    reader.accounts.load(caller.principal.accountId)) satisfies Resolver<unknown>,
  user: ((_root, { login }, context) => findAccount(context, login, 'User')) satisfies Resolver<
    unknown,
    { login: string }
  >,
  organization: ((_root, { login }, context) =>
    findAccount(context, login, 'Organization')) satisfies Resolver<unknown, { login: string }>,
  repositoryOwner: (async (_root, { login }, { auth }) =>
    (await auth.findAccount({ login })).account) satisfies Resolver<unknown, { login: string }>,
  repository: (async (_root, { owner, name }, context) => {
    const found = await findRepositoryByName(context, owner, name);
    if (found) return found;
    const asked = `${owner}/${name}`.slice(0, 200);
    throw new GraphError('NOT_FOUND', `Could not resolve to a Repository with the name '${asked}'.`);
  }) satisfies Resolver<unknown, { owner: string; name: string }>,
  node: ((_root, { id }, context) => findNode(context, id)) satisfies Resolver<unknown, { id: string }>,
  nodes: ((_root, { ids }, context) => {
    if (ids.length > MAX_PAGE)
      throw new GraphError(
        'ARGUMENT_LIMIT',
        `You may not provide more than ${MAX_PAGE} node ids; you provided ${ids.length}.`,
      );
    return ids.map((id) => findNode(context, id));
  }) satisfies Resolver<unknown, { ids: readonly string[] }>,
  rateLimit: (async (_root, _args, { limits, caller, cost }) => {
    const state = await limits.look(caller, 'graphql');
    if (!state) return null;
    const { limit, used, reset } = state;
    const resetAt = new Date(reset * SECOND).toISOString();
    return { cost: cost.points, nodeCount: cost.nodeCount, limit, used, remaining: limit - used, resetAt };
  }) satisfies Resolver<unknown>,
};

/** Longer names of tags there are not. */
const MAX_TAG = 256;

const nodeKinds = { user: 'User', bot: 'Bot', organization: 'Organization' } as const;

/** Where queries begin. */
export const queryResolvers = { Query: onQuery };

async function findAccount(
  { auth }: GraphContext,
  login: string,
  type: 'User' | 'Organization',
): Promise<Account> {
  const { account } = await auth.findAccount({ login });
  if (account && accountType(account) === type) return account;
  const what = type === 'User' ? 'a User' : 'an Organization';
  throw new GraphError(
    'NOT_FOUND',
    `Could not resolve to ${what} with the login of '${login.slice(0, 100)}'.`,
  );
}

/** What has this global id, if the caller may see it: every refusal has the same words. */
async function findNode(context: GraphContext, id: string): Promise<object> {
  const nodeId = readNodeId(id);
  const found = nodeId && (await loadNode(context, nodeId));
  if (found) return found;
  throw new GraphError(
    'NOT_FOUND',
    `Could not resolve to a node with the global id of '${id.slice(0, 200)}'`,
  );
}

async function loadNode(context: GraphContext, { kind, id, name }: NodeId): Promise<object | null> {
  const { reader, caller } = context;
  if (kind === 'Repository') return findRepository(context, id);
  if (kind === 'User' || kind === 'Bot' || kind === 'Organization') {
    const account = await reader.accounts.load(id);
    return account && nodeKinds[account.kind] === kind ? account : null;
  }
  requirePackageScope(caller.principal, 'node', 'read:packages');
  if (kind === 'Package') return reader.packages.load(id);
  const found = await loadPart(reader, { kind, id, name });
  return found && (await reader.packages.load(found.packageId)) ? found : null;
}

/** Something of a package, whoever may see it. */
function loadPart({ tags, versions, files }: GraphReader, { kind, id, name }: NodeId) {
  if (name !== undefined) return name.length > MAX_TAG ? null : tags.load({ packageId: id, name });
  return kind === 'PackageVersion' ? versions.load(id) : files.load(id);
}
