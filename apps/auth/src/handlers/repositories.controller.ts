import { Controller } from '@nestjs/common';
import { Answers, type Answer, type Ask } from '../messages';
import { CreateRepository } from '../use-cases/create-repository';
import { FindRepository } from '../use-cases/find-repository';
import { ListRepositories } from '../use-cases/list-repositories';
import { ListVisibleRepositories } from '../use-cases/list-visible-repositories';

@Controller()
export class RepositoriesController {
  constructor(
    private readonly createRepositoryCase: CreateRepository,
    private readonly findRepositoryCase: FindRepository,
    private readonly listRepositoriesCase: ListRepositories,
    private readonly listVisibleRepositoriesCase: ListVisibleRepositories,
  ) {}

  @Answers('createRepository')
  createRepository(request: Ask<'createRepository'>): Promise<Answer<'createRepository'>> {
    return this.createRepositoryCase.run(request);
  }

  @Answers('findRepository')
  findRepository(request: Ask<'findRepository'>): Promise<Answer<'findRepository'>> {
    return this.findRepositoryCase.run(request);
  }

  @Answers('getRepositories')
  getRepositories(request: Ask<'getRepositories'>): Promise<Answer<'getRepositories'>> {
    return this.findRepositoryCase.byIds(request);
  }

  @Answers('listRepositories')
  listRepositories(request: Ask<'listRepositories'>): Promise<Answer<'listRepositories'>> {
    return this.listRepositoriesCase.run(request);
  }

  @Answers('listVisibleRepositories')
  listVisibleRepositories(
    request: Ask<'listVisibleRepositories'>,
  ): Promise<Answer<'listVisibleRepositories'>> {
    return this.listVisibleRepositoriesCase.run(request);
  }
}
