import { Controller } from '@nestjs/common';
import { Answers, type Answer, type Ask } from '../messages';
import { CreateRepository } from '../use-cases/create-repository';
import { FindRepository } from '../use-cases/find-repository';
import { ListRepositories } from '../use-cases/list-repositories';

@Controller()
export class RepositoriesController {
  constructor(
    private readonly createRepositoryCase: CreateRepository,
    private readonly findRepositoryCase: FindRepository,
    private readonly listRepositoriesCase: ListRepositories,
  ) {}

  @Answers('createRepository')
  createRepository(request: Ask<'createRepository'>): Promise<Answer<'createRepository'>> {
    return this.createRepositoryCase.run(request);
  }

  @Answers('findRepository')
  findRepository(request: Ask<'findRepository'>): Promise<Answer<'findRepository'>> {
    return this.findRepositoryCase.run(request);
  }

  @Answers('listRepositories')
  listRepositories(request: Ask<'listRepositories'>): Promise<Answer<'listRepositories'>> {
    return this.listRepositoriesCase.run(request);
  }
}
