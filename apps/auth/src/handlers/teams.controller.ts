import { Controller } from '@nestjs/common';
import { Answers, type Answer, type Ask } from '../messages';
import { CreateTeam } from '../use-cases/create-team';
import { DeleteTeam } from '../use-cases/delete-team';
import { FindTeam } from '../use-cases/find-team';
import { ListTeams } from '../use-cases/list-teams';
import { UpdateTeam } from '../use-cases/update-team';

@Controller()
export class TeamsController {
  constructor(
    private readonly createTeamCase: CreateTeam,
    private readonly updateTeamCase: UpdateTeam,
    private readonly deleteTeamCase: DeleteTeam,
    private readonly findTeamCase: FindTeam,
    private readonly listTeamsCase: ListTeams,
  ) {}

  @Answers('createTeam')
  createTeam(request: Ask<'createTeam'>): Promise<Answer<'createTeam'>> {
    return this.createTeamCase.run(request);
  }

  @Answers('updateTeam')
  updateTeam(request: Ask<'updateTeam'>): Promise<Answer<'updateTeam'>> {
    return this.updateTeamCase.run(request);
  }

  @Answers('deleteTeam')
  deleteTeam(request: Ask<'deleteTeam'>): Promise<Answer<'deleteTeam'>> {
    return this.deleteTeamCase.run(request);
  }

  @Answers('findTeam')
  findTeam(request: Ask<'findTeam'>): Promise<Answer<'findTeam'>> {
    return this.findTeamCase.bySlug(request);
  }

  @Answers('findTeamByNumber')
  findTeamByNumber(request: Ask<'findTeamByNumber'>): Promise<Answer<'findTeamByNumber'>> {
    return this.findTeamCase.byNumber(request);
  }

  @Answers('getTeams')
  getTeams(request: Ask<'getTeams'>): Promise<Answer<'getTeams'>> {
    return this.findTeamCase.byIds(request);
  }

  @Answers('listTeams')
  listTeams(request: Ask<'listTeams'>): Promise<Answer<'listTeams'>> {
    return this.listTeamsCase.ofOrganization(request);
  }

  @Answers('listChildTeams')
  listChildTeams(request: Ask<'listChildTeams'>): Promise<Answer<'listChildTeams'>> {
    return this.listTeamsCase.below(request);
  }

  @Answers('listTeamsOfAccount')
  listTeamsOfAccount(request: Ask<'listTeamsOfAccount'>): Promise<Answer<'listTeamsOfAccount'>> {
    return this.listTeamsCase.ofAccount(request);
  }
}
