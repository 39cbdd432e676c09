import { Controller } from '@nestjs/common';
import { Answers, type Answer, type Ask } from '../messages';
import { ListTeamRepositories } from '../use-cases/list-team-repositories';
import { RemoveTeamRepository } from '../use-cases/remove-team-repository';
import { SetTeamRepository } from '../use-cases/set-team-repository';

@Controller()
export class TeamRepositoriesController {
  constructor(
    private readonly listTeamRepositoriesCase: ListTeamRepositories,
    private readonly setTeamRepositoryCase: SetTeamRepository,
    private readonly removeTeamRepositoryCase: RemoveTeamRepository,
  ) {}

  @Answers('setTeamRepository')
  setTeamRepository(request: Ask<'setTeamRepository'>): Promise<Answer<'setTeamRepository'>> {
    return this.setTeamRepositoryCase.run(request);
  }

  @Answers('removeTeamRepository')
  removeTeamRepository(request: Ask<'removeTeamRepository'>): Promise<Answer<'removeTeamRepository'>> {
    return this.removeTeamRepositoryCase.run(request);
  }

  @Answers('findTeamRepositoryRole')
  findTeamRepositoryRole(request: Ask<'findTeamRepositoryRole'>): Promise<Answer<'findTeamRepositoryRole'>> {
    return this.listTeamRepositoriesCase.find(request);
  }

  @Answers('listTeamRepositories')
  listTeamRepositories(request: Ask<'listTeamRepositories'>): Promise<Answer<'listTeamRepositories'>> {
    return this.listTeamRepositoriesCase.ofTeam(request);
  }

  @Answers('listRepositoryTeams')
  listRepositoryTeams(request: Ask<'listRepositoryTeams'>): Promise<Answer<'listRepositoryTeams'>> {
    return this.listTeamRepositoriesCase.ofRepository(request);
  }
}
