import { Injectable } from '@nestjs/common';
import { canReadWith, limitsAllow } from '@packhouse/access';
import { nothingReadable, type Principal, type Readable } from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import { FormatStates } from '../facts/format-states';
import { accountReadableQueries, workflowReadableQueries } from '../facts/readable-queries';
import type { Answer, Ask } from '../messages';

/** What fits a message with room to spare, of all kinds together. */
const maxListed = 16_000;

type Conditions = Partial<Record<keyof typeof accountReadableQueries | 'workflowPackageIds', string[]>>;

/** What a caller may read besides public packages, for lists and searches: the same rules as for a single package. */
@Injectable()
export class ListReadable {
  constructor(
    @InjectDatabase('auth') private readonly database: ServiceDatabase,
    private readonly formats: FormatStates,
  ) {}

  async run({ principal, ownerId }: Ask<'listReadable'>): Promise<Answer<'listReadable'>> {
    const states = await this.formats.all();
    const disabledFormats = [...states].filter(([, state]) => state === 'disabled').map(([format]) => format);
    const nothing = { ...nothingReadable, disabledFormats };
    if (principal === null || !mayRead(principal)) return nothing;
    const { limits, scopes } = principal;
    if (limits !== null && ownerId !== null && ownerId !== limits.ownerId) return nothing;
    return {
      ...nothing,
      ...(await this.findConditions(principal, limits?.ownerId ?? ownerId)),
      repositoryScoped: scopes === null || scopes.includes('repo'),
      namePatterns: limits?.packages ?? null,
    };
  }

  private async findConditions(principal: Principal, ownerId: string | null): Promise<Partial<Readable>> {
    const { workflow, siteAdmin, limits, accountId } = principal;
    if (workflow !== null) return this.findForWorkflow(workflow, ownerId);
    if (siteAdmin) return limits === null ? { everything: true } : { ownerIds: [limits.ownerId] };
    const found = await this.queryAll(accountReadableQueries, [accountId, ownerId, maxListed + 1]);
    const isOwn = ownerId === null || ownerId === accountId;
    return cut({ ...found, ownerIds: [...(isOwn ? [accountId] : []), ...(found.ownerIds ?? [])] });
  }

  private async findForWorkflow(
    workflow: NonNullable<Principal['workflow']>,
    ownerId: string | null,
  ): Promise<Partial<Readable>> {
    const { repositoryId } = workflow;
    const values = [workflow.ownerId, ownerId, maxListed + 1, repositoryId];
    const found = await this.queryAll(workflowReadableQueries, values);
    if (repositoryId !== null) return cut({ ...found, repositoryIds: [repositoryId] });
    const isTrusted = ownerId === null || ownerId === workflow.ownerId;
    return cut({ ...found, ownerIds: isTrusted ? [workflow.ownerId] : [] });
  }

  private async queryAll(queries: Readonly<Record<string, string>>, values: unknown[]): Promise<Conditions> {
    const found = await Promise.all(
      Object.entries(queries).map(async ([kind, sql]) => {
        const rows = await this.database.query<{ id: string }>(sql, values);
        return [kind, rows.map(({ id }) => id)] as const;
      }),
    );
    return Object.fromEntries(found);
  }
}

/** Whether the credential lets read anything that is not public. */
function mayRead({ scopes, limits }: Principal): boolean {
  return canReadWith(scopes) && (limits === null || limitsAllow(limits.actions, 'read'));
}

/** Owners count for most, so they come first when not everything fits. */
function cut(conditions: Conditions): Partial<Readable> {
  let room = maxListed;
  const kinds = [
    ...(['ownerIds', 'internalOwnerIds', 'inheritingOwnerIds'] as const),
    ...(['repositoryIds', 'workflowPackageIds', 'packageIds'] as const),
  ];
  let truncated = false;
  const kept = kinds.map((kind) => {
    const ids = conditions[kind] ?? [];
    const fitting = ids.slice(0, room);
    room -= fitting.length;
    truncated ||= fitting.length < ids.length;
    return [kind, fitting] as const;
  });
  return { ...Object.fromEntries(kept), truncated };
}
