import { Controller } from '@nestjs/common';
import { Answers, type Answer, type Ask } from '../messages';
import { ListTeamMembers } from '../use-cases/list-team-members';
import { RemoveTeamMember } from '../use-cases/remove-team-member';
import { SetTeamMember } from '../use-cases/set-team-member';

@Controller()
export class TeamMembersController {
  constructor(
    private readonly listTeamMembersCase: ListTeamMembers,
    private readonly setTeamMemberCase: SetTeamMember,
    private readonly removeTeamMemberCase: RemoveTeamMember,
  ) {}

  @Answers('listTeamMembers')
  listTeamMembers(request: Ask<'listTeamMembers'>): Promise<Answer<'listTeamMembers'>> {
    return this.listTeamMembersCase.run(request);
  }

  @Answers('findTeamMember')
  findTeamMember(request: Ask<'findTeamMember'>): Promise<Answer<'findTeamMember'>> {
    return this.listTeamMembersCase.find(request);
  }

  @Answers('setTeamMember')
  setTeamMember(request: Ask<'setTeamMember'>): Promise<Answer<'setTeamMember'>> {
    return this.setTeamMemberCase.run(request);
  }

  @Answers('removeTeamMember')
  removeTeamMember(request: Ask<'removeTeamMember'>): Promise<Answer<'removeTeamMember'>> {
    return this.removeTeamMemberCase.run(request);
  }
}
