import { Controller } from '@nestjs/common';
import type { Decision } from '@packhouse/contracts';
import { Answers, type Answer, type Ask } from '../messages';
import { Decide } from '../use-cases/decide';
import { ListReadable } from '../use-cases/list-readable';

@Controller()
export class DecisionsController {
  constructor(
    private readonly decisions: Decide,
    private readonly listReadableCase: ListReadable,
  ) {}

  @Answers('decide')
  decide(request: Ask<'decide'>): Promise<Decision> {
    return this.decisions.run(request);
  }

  @Answers('listReadable')
  listReadable(request: Ask<'listReadable'>): Promise<Answer<'listReadable'>> {
    return this.listReadableCase.run(request);
  }
}
