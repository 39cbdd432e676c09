import { Injectable } from '@nestjs/common';
import { authContract, type Account, type AuthClient, type Team } from '@packhouse/contracts';
import type { SignedInCaller } from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import type { ShownTeam } from '../../rest/serialisers/team';
import { Directory, type Standing } from './directory';

/** A team that the caller sees, and what the caller is there. */
export interface SeenTeam {
  readonly team: Team;
  readonly organization: Account;
  readonly standing: Standing;
  /** Owners of the organization and maintainers of the team. */
  readonly maintains: boolean;
}

/** Teams as GitHub's routes name them, and who may see and change them. */
@Injectable()
export class TeamDirectory {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly directory: Directory,
  ) {}

  /** Rejects `not_found` for teams that the caller may not see: of other organizations, and secret ones of others. */
  async getTeam(
    { principal }: SignedInCaller,
    { org, team_slug: slug }: { org: string; team_slug: string },
  ): Promise<SeenTeam> {
    const { organization, standing } = await this.directory.getOrganization({ principal }, org);
    const { team } = await this.auth.findTeam({ organizationId: organization.id, slug });
    if (team && standing === 'owner') return { team, organization, standing, maintains: true };
    if (team && standing !== null) {
      const { role } = await this.auth.findTeamMember({ teamId: team.id, accountId: principal.accountId });
      if (team.privacy === 'closed' || role !== null)
        return { team, organization, standing, maintains: role === 'maintainer' };
    }
    throw new DomainError(
      'not_found',
      `There is no team "${slug.slice(0, 100)}" in ${organization.login}, or you may not see it.`,
    );
  }

  /** A team that the caller may change. */
  async getMaintainedTeam(
    caller: SignedInCaller,
    names: { org: string; team_slug: string },
  ): Promise<SeenTeam> {
    const seen = await this.getTeam(caller, names);
    if (!seen.maintains) {
      throw new DomainError(
        'forbidden',
        `Only maintainers of the team and owners of ${seen.organization.login} may do this: ask one of them.`,
      );
    }
    return seen;
  }

  /**
   * The parent that a body names, by its number or its slug: undefined when it names none, null for no parent. Whoever hangs
   * a team below another one gives its members what that one has, and must maintain it.
   */
  async readParent(
    caller: SignedInCaller,
    organization: Account,
    body: { parent_team_id?: number | null; parent_team_slug?: string | null },
  ): Promise<string | null | undefined> {
    const { parent_team_id: number, parent_team_slug: slug } = body;
    if (number === undefined && slug === undefined) return undefined;
    if ((number ?? null) === null && (slug ?? null) === null) return null;
    const named = typeof number === 'number' ? await this.findSlug(organization, number) : slug;
    if (typeof named !== 'string')
      throw new DomainError('validation_failed', 'The parent team is not a team of this organization.');
    const names = { org: organization.login, team_slug: named };
    return (await this.getMaintainedTeam(caller, names)).team.id;
  }

  private async findSlug(organization: Account, number: number): Promise<string | null> {
    if (number < 0) return null;
    const { team } = await this.auth.findTeamByNumber({ number });
    return team?.organizationId === organization.id ? team.slug : null;
  }

  /** Teams with their parents, as answers show them. */
  async withParents(
    teams: readonly Team[],
    organizations: ReadonlyMap<string, Account>,
  ): Promise<ShownTeam[]> {
    const ids = [...new Set(teams.flatMap(({ parentId }) => parentId ?? []))];
    const { teams: found } = ids.length > 0 ? await this.auth.getTeams({ ids }) : { teams: [] };
    const parents = new Map(found.map((parent) => [parent.id, parent]));
    return teams.flatMap((team) => {
      const organization = organizations.get(team.organizationId);
      return organization
        ? [{ team, organization, parent: (team.parentId && parents.get(team.parentId)) || null }]
        : [];
    });
  }

  async withParent(team: Team, organization: Account): Promise<ShownTeam> {
    const [shown] = await this.withParents([team], new Map([[organization.id, organization]]));
    return shown ?? { team, organization, parent: null };
  }
}
