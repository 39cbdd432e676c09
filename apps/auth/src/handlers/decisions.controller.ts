import { Controller } from '@nestjs/common';
import type { Decision } from '@packhouse/contracts';
import { Answers, type Answer, type Ask } from '../messages';
import { Decide } from '../use-cases/decide';
import { ExplainDecision } from '../use-cases/explain-decision';
import { ListReadable } from '../use-cases/list-readable';
import { PlanNewPackage } from '../use-cases/plan-new-package';

@Controller()
export class DecisionsController {
  constructor(
    private readonly decisions: Decide,
    private readonly explanations: ExplainDecision,
    private readonly listReadableCase: ListReadable,
    private readonly planNewPackageCase: PlanNewPackage,
  ) {}

  @Answers('decide')
  decide(request: Ask<'decide'>): Promise<Decision> {
    return this.decisions.run(request);
  }

  @Answers('explainDecision')
  explainDecision(request: Ask<'explainDecision'>): Promise<Answer<'explainDecision'>> {
    return this.explanations.run(request);
  }

  @Answers('planNewPackage')
  planNewPackage(request: Ask<'planNewPackage'>): Promise<Answer<'planNewPackage'>> {
    return this.planNewPackageCase.run(request);
  }

  @Answers('listReadable')
  listReadable(request: Ask<'listReadable'>): Promise<Answer<'listReadable'>> {
    return this.listReadableCase.run(request);
  }
  @Answers('listReadableIds')
  listReadableIds(request: Ask<'listReadableIds'>): Promise<Answer<'listReadableIds'>> {
    return this.listReadableCase.listIds(request);
  }

  @Answers('filterReadableRepositories')
  filterReadableRepositories(
    request: Ask<'filterReadableRepositories'>,
  ): Promise<Answer<'filterReadableRepositories'>> {
    return this.listReadableCase.filterRepositories(request);
  }
}
