import type { Account, Actor, OrganizationPolicy, Visibility } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import type { EntityManager } from 'typeorm';
import { defaultPolicy, policyQuery } from './policies';

const switches = {
  public: 'createPublic',
  private: 'createPrivate',
  internal: 'createInternal',
} as const satisfies Record<Visibility, keyof OrganizationPolicy>;

/** What somebody who makes or changes a repository is to its owner. */
export type Maker = 'owner' | 'member';

/**
 * Owners of an organization, site administrators and the product itself are owners here; everybody else who may make
 * repositories there is a member.
 */
export async function makerOf(
  manager: EntityManager,
  owner: Pick<Account, 'id' | 'kind'>,
  actor: Actor | null,
): Promise<Maker> {
  if (actor === null || owner.kind !== 'organization') return 'owner';
  const [found] = await manager.query<Array<{ owns: boolean }>>(
    `SELECT a.site_admin OR EXISTS (
       SELECT FROM memberships m WHERE m.organization_id = $2 AND m.account_id = a.id AND m.role = 'owner') AS owns
     FROM accounts a WHERE a.id = $1`,
    [actor.accountId, owner.id],
  );
  return found?.owns === true ? 'owner' : 'member';
}

/**
 * THE rule on repositories of an organization: which of them its members may have is for it to say (spec P-23).
 * @throws DomainError `forbidden`.
 */
export async function refuseByPolicy(
  manager: EntityManager,
  owner: Pick<Account, 'id' | 'login'>,
  maker: Maker,
  visibility: Visibility,
): Promise<void> {
  if (maker === 'owner') return;
  const [policy = defaultPolicy] = await manager.query<OrganizationPolicy[]>(policyQuery, [owner.id]);
  if (policy[switches[visibility]]) return;
  throw new DomainError(
    'forbidden',
    `${owner.login} lets only its owners make ${visibility} repositories: choose another visibility, or ask one of them.`,
  );
}
