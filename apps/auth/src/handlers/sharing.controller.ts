import { Controller } from '@nestjs/common';
import { Answers, type Answer, type Ask } from '../messages';
import { ReplaceGrants } from '../use-cases/replace-grants';
import { TeamGrants } from '../use-cases/team-grants';
import { WorkflowGrants } from '../use-cases/workflow-grants';

@Controller()
export class SharingController {
  constructor(
    private readonly teamGrants: TeamGrants,
    private readonly workflowGrants: WorkflowGrants,
    private readonly replaceGrantsCase: ReplaceGrants,
  ) {}

  @Answers('listTeamGrants')
  listTeamGrants(request: Ask<'listTeamGrants'>): Promise<Answer<'listTeamGrants'>> {
    return this.teamGrants.list(request);
  }

  @Answers('setTeamGrant')
  setTeamGrant(request: Ask<'setTeamGrant'>): Promise<Answer<'setTeamGrant'>> {
    return this.teamGrants.set(request);
  }

  @Answers('removeTeamGrant')
  removeTeamGrant(request: Ask<'removeTeamGrant'>): Promise<Answer<'removeTeamGrant'>> {
    return this.teamGrants.remove(request);
  }

  @Answers('listWorkflowGrants')
  listWorkflowGrants(request: Ask<'listWorkflowGrants'>): Promise<Answer<'listWorkflowGrants'>> {
    return this.workflowGrants.list(request);
  }

  @Answers('setWorkflowGrant')
  setWorkflowGrant(request: Ask<'setWorkflowGrant'>): Promise<Answer<'setWorkflowGrant'>> {
    return this.workflowGrants.set(request);
  }

  @Answers('removeWorkflowGrant')
  removeWorkflowGrant(request: Ask<'removeWorkflowGrant'>): Promise<Answer<'removeWorkflowGrant'>> {
    return this.workflowGrants.remove(request);
  }

  @Answers('replaceGrants')
  replaceGrants(request: Ask<'replaceGrants'>): Promise<Answer<'replaceGrants'>> {
    return this.replaceGrantsCase.run(request);
  }
}
