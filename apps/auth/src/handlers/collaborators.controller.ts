import { Controller } from '@nestjs/common';
import { Answers, type Answer, type Ask } from '../messages';
import { FindRepositoryRole } from '../use-cases/find-repository-role';
import { ListCollaborators } from '../use-cases/list-collaborators';
import { OutsideCollaborators } from '../use-cases/outside-collaborators';
import { RemoveCollaborator } from '../use-cases/remove-collaborator';
import { SetCollaborator } from '../use-cases/set-collaborator';

@Controller()
export class CollaboratorsController {
  constructor(
    private readonly findRepositoryRoleCase: FindRepositoryRole,
    private readonly listCollaboratorsCase: ListCollaborators,
    private readonly setCollaboratorCase: SetCollaborator,
    private readonly removeCollaboratorCase: RemoveCollaborator,
    private readonly outsideCollaborators: OutsideCollaborators,
  ) {}

  @Answers('findRepositoryRole')
  findRepositoryRole(request: Ask<'findRepositoryRole'>): Promise<Answer<'findRepositoryRole'>> {
    return this.findRepositoryRoleCase.run(request);
  }

  @Answers('listCollaborators')
  listCollaborators(request: Ask<'listCollaborators'>): Promise<Answer<'listCollaborators'>> {
    return this.listCollaboratorsCase.run(request);
  }

  @Answers('setCollaborator')
  setCollaborator(request: Ask<'setCollaborator'>): Promise<Answer<'setCollaborator'>> {
    return this.setCollaboratorCase.run(request);
  }

  @Answers('removeCollaborator')
  removeCollaborator(request: Ask<'removeCollaborator'>): Promise<Answer<'removeCollaborator'>> {
    return this.removeCollaboratorCase.run(request);
  }

  @Answers('listOutsideCollaborators')
  listOutsideCollaborators(
    request: Ask<'listOutsideCollaborators'>,
  ): Promise<Answer<'listOutsideCollaborators'>> {
    return this.outsideCollaborators.list(request);
  }

  @Answers('removeOutsideCollaborator')
  removeOutsideCollaborator(
    request: Ask<'removeOutsideCollaborator'>,
  ): Promise<Answer<'removeOutsideCollaborator'>> {
    return this.outsideCollaborators.remove(request);
  }
}
