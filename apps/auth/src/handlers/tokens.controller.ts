import { Controller } from '@nestjs/common';
import { Answers, type Answer, type Ask } from '../messages';
import { CreateToken } from '../use-cases/create-token';
import { CreateWorkflowToken } from '../use-cases/create-workflow-token';
import { ListTokens } from '../use-cases/list-tokens';
import { RevokeToken } from '../use-cases/revoke-token';

@Controller()
export class TokensController {
  constructor(
    private readonly createTokenCase: CreateToken,
    private readonly createWorkflowTokenCase: CreateWorkflowToken,
    private readonly listTokensCase: ListTokens,
    private readonly revokeTokenCase: RevokeToken,
  ) {}

  @Answers('createToken')
  createToken(request: Ask<'createToken'>): Promise<Answer<'createToken'>> {
    return this.createTokenCase.run(request);
  }

  @Answers('createWorkflowToken')
  createWorkflowToken(request: Ask<'createWorkflowToken'>): Promise<Answer<'createWorkflowToken'>> {
    return this.createWorkflowTokenCase.run(request);
  }

  @Answers('listTokens')
  listTokens(request: Ask<'listTokens'>): Promise<Answer<'listTokens'>> {
    return this.listTokensCase.run(request);
  }

  @Answers('revokeToken')
  revokeToken(request: Ask<'revokeToken'>): Promise<Answer<'revokeToken'>> {
    return this.revokeTokenCase.run(request);
  }
}
