import { Controller } from '@nestjs/common';
import { Answers, type Answer, type Ask } from '../messages';
import { DeleteRepository } from '../use-cases/delete-repository';
import { TransferRepository } from '../use-cases/transfer-repository';
import { UpdateRepository } from '../use-cases/update-repository';

@Controller()
export class RepositoryChangesController {
  constructor(
    private readonly updateRepositoryCase: UpdateRepository,
    private readonly deleteRepositoryCase: DeleteRepository,
    private readonly transferRepositoryCase: TransferRepository,
  ) {}

  @Answers('updateRepository')
  updateRepository(request: Ask<'updateRepository'>): Promise<Answer<'updateRepository'>> {
    return this.updateRepositoryCase.run(request);
  }

  @Answers('deleteRepository')
  deleteRepository(request: Ask<'deleteRepository'>): Promise<Answer<'deleteRepository'>> {
    return this.deleteRepositoryCase.run(request);
  }

  @Answers('transferRepository')
  transferRepository(request: Ask<'transferRepository'>): Promise<Answer<'transferRepository'>> {
    return this.transferRepositoryCase.run(request);
  }
}
