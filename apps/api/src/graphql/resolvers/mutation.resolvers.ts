import { actorOf } from '@packhouse/gateway-kit';
import type { Resolver } from '../graph-context';
import { GraphError } from '../graph-error';
import { readNodeId } from '../reading/node-ids';
import { requirePackageScope } from './required-scopes';

interface DeleteInput {
  readonly input: { readonly packageVersionId: string; readonly clientMutationId?: string | null };
}

const onMutation = {
  /** The rules are those of every other way to delete a version; here it is only named otherwise (spec G-9). */
  deletePackageVersion: (async (_root, { input }, context) => {
    const { caller, reader, access, metadata, secondFactor, request } = context;
    const { principal } = caller;
    requirePackageScope(principal, 'deletePackageVersion', 'read:packages');
    requirePackageScope(principal, 'deletePackageVersion', 'delete:packages');
    const nodeId = readNodeId(input.packageVersionId);
    const version = nodeId?.kind === 'PackageVersion' ? await reader.versions.load(nodeId.id) : null;
    const facts = version && (await reader.packages.load(version.packageId));
    const owner = facts && (await reader.accounts.load(facts.ownerId));
    if (!version || !facts || !owner)
      throw new GraphError(
        'NOT_FOUND',
        `Could not resolve to a node with the global id of '${input.packageVersionId.slice(0, 200)}'`,
      );
    await access.require(caller, 'delete', owner, facts);
    const otp = request.headers['x-packhouse-otp'];
    await secondFactor.confirm(request, caller, 'write', typeof otp === 'string' ? otp : undefined);
    await metadata.removeVersions({
      packageId: facts.id,
      versionIds: [version.id],
      keepParts: true,
      actor: actorOf(caller),
    });
    return { success: true, clientMutationId: input.clientMutationId ?? null };
  }) satisfies Resolver<unknown, DeleteInput>,
};

/** What changes something. */
export const mutationResolvers = { Mutation: onMutation };
