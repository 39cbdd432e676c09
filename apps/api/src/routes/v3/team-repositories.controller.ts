import { Controller, UseInterceptors } from '@nestjs/common';
import { authContract, type AuthClient, type Repository, type RepositoryRole } from '@packhouse/contracts';
import { actorOf } from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import { Answer } from '../../rest/answer';
import { Input, Operation, type InputOf } from '../../rest/operation';
import { OperationInterceptor } from '../../rest/operation.interceptor';
import { pageOf, pageWindow } from '../../rest/paging';
import { reaches, roleOf } from '../../rest/serialisers/repository-permissions';
import { toListedRepository } from '../../rest/serialisers/repository';
import { Directory } from './directory';
import { TeamDirectory } from './team-directory';
import * as operations from './teams.operations';

/** Media type with which clients ask for the repository itself, with or without the version and the syntax in it. */
const asRepository = /application\/vnd\.github(\.v3)?\.repository\b/;

/** Which team may do what in which repository. */
@Controller()
@UseInterceptors(OperationInterceptor)
export class TeamRepositoriesController {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly directory: Directory,
    private readonly teams: TeamDirectory,
  ) {}

  @Operation(operations.listTeamRepositories)
  async list(@Input() input: InputOf<typeof operations.listTeamRepositories>): Promise<Answer> {
    const { caller, params, query, request } = input;
    const { team, organization, standing } = await this.teams.getTeam(caller, params);
    const { items, total } = await this.auth.listTeamRepositories({
      teamId: team.id,
      viewerId: standing === 'owner' ? null : caller.principal.accountId,
      ...pageWindow(query),
    });
    const ids = items.map(({ repositoryId }) => repositoryId);
    const { repositories } = await this.auth.getRepositories({ ids });
    const known = new Map(repositories.map((repository) => [repository.id, repository]));
    const base = this.directory.base(request);
    const shown = items.flatMap(({ repositoryId, role }) => {
      const repository = known.get(repositoryId);
      return repository ? [toListedRepository({ repository, owner: organization, role }, base)] : [];
    });
    return pageOf(input, shown, { total });
  }

  @Operation(operations.checkTeamRepository)
  async check(@Input() input: InputOf<typeof operations.checkTeamRepository>): Promise<Answer> {
    const { caller, params, request } = input;
    const { team } = await this.teams.getTeam(caller, params);
    const { repository, owner } = await this.directory.getRepository(caller, params);
    const role = await this.roleOn(team.id, repository);
    if (!role) throw new DomainError('not_found', 'The team has no role on this repository.');
    const isAsked = asRepository.test(request.headers.accept ?? '');
    if (!isAsked) return new Answer(204);
    return new Answer(200, toListedRepository({ repository, owner, role }, this.directory.base(request)));
  }

  @Operation(operations.setTeamRepository)
  async set(@Input() { body, caller, params }: InputOf<typeof operations.setTeamRepository>): Promise<void> {
    const { team } = await this.teams.getTeam(caller, params);
    const { repository } = await this.directory.getRepository(caller, params, 'admin');
    if (repository.ownerId !== team.organizationId) {
      throw new DomainError(
        'validation_failed',
        'A team has roles on repositories of its own organization only: transfer the repository first.',
      );
    }
    await this.auth.setTeamRepository({
      ...{ teamId: team.id, repositoryId: repository.id, role: roleOf(body.permission) },
      actor: actorOf(caller),
    });
  }

  @Operation(operations.removeTeamRepository)
  async remove(@Input() { caller, params }: InputOf<typeof operations.removeTeamRepository>): Promise<void> {
    const { team, maintains } = await this.teams.getTeam(caller, params);
    const { repository, role } = await this.directory.getRepository(caller, params);
    if (!maintains && !reaches(role, 'admin')) {
      throw new DomainError(
        'forbidden',
        'Only maintainers of the team and admins of the repository may do this: ask one of them.',
      );
    }
    await this.auth.removeTeamRepository({
      ...{ teamId: team.id, repositoryId: repository.id },
      actor: actorOf(caller),
    });
  }

  private async roleOn(teamId: string, { id: repositoryId }: Repository): Promise<RepositoryRole | null> {
    return (await this.auth.findTeamRepositoryRole({ teamId, repositoryId })).role;
  }
}
