import { Controller } from '@nestjs/common';
import { Answers, type Answer, type Ask } from '../messages';
import { FindMembership } from '../use-cases/find-membership';
import { ListMembers } from '../use-cases/list-members';
import { ListOrganizationsOfAccount } from '../use-cases/list-organizations-of-account';
import { RemoveMember } from '../use-cases/remove-member';
import { SetMember } from '../use-cases/set-member';

@Controller()
export class MembersController {
  constructor(
    private readonly setMemberCase: SetMember,
    private readonly removeMemberCase: RemoveMember,
    private readonly listMembersCase: ListMembers,
    private readonly findMembershipCase: FindMembership,
    private readonly listOrganizationsCase: ListOrganizationsOfAccount,
  ) {}

  @Answers('setMember')
  setMember(request: Ask<'setMember'>): Promise<Answer<'setMember'>> {
    return this.setMemberCase.run(request);
  }

  @Answers('removeMember')
  removeMember(request: Ask<'removeMember'>): Promise<Answer<'removeMember'>> {
    return this.removeMemberCase.run(request);
  }

  @Answers('listMembers')
  listMembers(request: Ask<'listMembers'>): Promise<Answer<'listMembers'>> {
    return this.listMembersCase.run(request);
  }

  @Answers('listMembersByPage')
  listMembersByPage(request: Ask<'listMembersByPage'>): Promise<Answer<'listMembersByPage'>> {
    return this.listMembersCase.byPage(request);
  }

  @Answers('listOrganizationsOfAccount')
  listOrganizationsOfAccount(
    request: Ask<'listOrganizationsOfAccount'>,
  ): Promise<Answer<'listOrganizationsOfAccount'>> {
    return this.listOrganizationsCase.run(request);
  }

  @Answers('findMembership')
  findMembership(request: Ask<'findMembership'>): Promise<Answer<'findMembership'>> {
    return this.findMembershipCase.run(request);
  }
}
