import { Inject, Injectable } from '@nestjs/common';
import { factKey, readableKinds, type ListedElsewhere, type ReadableIds } from '@packhouse/contracts';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { sha256Hex } from '@packhouse/kernel';
import { FactCache, INVALIDATIONS, type Invalidations, type ReadFact } from '@packhouse/messaging';
import { AUTH_SCHEMA } from '../persistence/auth.schema';
import { accountReadableQuery, workflowReadableQuery } from './readable-queries';

/** Whose conditions, and of which owner (null: of all). */
export type ReadableAsker = Omit<ListedElsewhere, 'key'>;

/** What somebody may read besides public packages, whole. */
export interface ReadableFact {
  readonly ids: ReadableIds;
  readonly count: number;
  /** The same for the same ids, on every replica; empty while there are so few that nobody needs it. */
  readonly key: string;
}

/** So many ids travel with every request that lists something; more are kept by whoever needs them. */
export const MAX_TRAVELLING = 200;

/** Ids that all facts in memory may have together: about 60 MB. */
const MAX_IDS = 1_000_000;
/** What a fact without ids counts for. */
const OWN_WEIGHT = 20;

interface IdRow {
  kind: keyof ReadableIds;
  id: string;
}

/** The conditions of lists, from memory while nothing changes that they rest on. */
@Injectable()
export class ReadableFacts {
  private readonly cache: FactCache<ReadableFact>;

  constructor(
    @Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase,
    @Inject(INVALIDATIONS) invalidations: Invalidations,
  ) {
    this.cache = new FactCache(invalidations, { max: MAX_IDS, weigh: ({ count }) => count + OWN_WEIGHT });
  }

  async get(asker: ReadableAsker): Promise<ReadableFact> {
    const { workflow, accountId, ownerId } = asker;
    const who = workflow ? `${workflow.ownerId}/${workflow.repositoryId}` : accountId;
    const fact = await this.cache.find(`${who} ${ownerId}`, () => this.read(asker));
    if (!fact) throw new Error('Conditions are always found.');
    return fact;
  }

  private async read(asker: ReadableAsker): Promise<ReadFact<ReadableFact>> {
    const { workflow, accountId, ownerId } = asker;
    const ids = Object.fromEntries(readableKinds.map((kind) => [kind, [] as string[]])) as ReadableIds;
    if (workflow) addOwn(ids, workflow, ownerId);
    else if (ownerId === null || ownerId === accountId) ids.ownerIds.push(accountId);
    const rows = workflow
      ? await this.database.query<IdRow>(workflowReadableQuery, [
          workflow.ownerId,
          ownerId,
          workflow.repositoryId,
        ])
      : await this.database.query<IdRow>(accountReadableQuery, [accountId, ownerId]);
    for (const { kind, id } of rows) ids[kind].push(id);
    const count = readableKinds.reduce((sum, kind) => sum + ids[kind].length, 0);
    const key =
      count > MAX_TRAVELLING ? sha256Hex(readableKinds.map((kind) => ids[kind].join()).join(';')) : '';
    return { value: { ids, count, key }, keys: keysOf(asker, ids) };
  }
}

/** A repository's workflow reads what is linked to it; one that an owner trusts reads all of that owner. */
function addOwn(
  ids: ReadableIds,
  { repositoryId, ownerId }: NonNullable<ReadableAsker['workflow']>,
  of: string | null,
): void {
  if (repositoryId !== null) ids.repositoryIds.push(repositoryId);
  else if (of === null || of === ownerId) ids.ownerIds.push(ownerId);
}

/**
 * What conditions rest on. Of organizations: members, teams, repositories, policies and enterprise (`account`), and what
 * teams and workflows were given (`grants`). What people were given is announced as their own account.
 */
function keysOf(
  { accountId, workflow, ownerId }: ReadableAsker,
  { internalOwnerIds }: ReadableIds,
): string[] {
  const owners = new Set([...internalOwnerIds, ...(ownerId === null ? [] : [ownerId])]);
  const keys = [factKey.account(workflow?.ownerId ?? accountId)];
  if (workflow?.repositoryId) keys.push(factKey.repository(workflow.repositoryId));
  if (workflow) owners.add(workflow.ownerId);
  for (const owner of owners) keys.push(factKey.account(owner), factKey.grants(owner));
  return [...new Set(keys)];
}
