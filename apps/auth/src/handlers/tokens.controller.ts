import { Controller } from '@nestjs/common';
import { Answers, type Answer, type Ask } from '../messages';
import { CreateToken } from '../use-cases/create-token';
import { ListTokens } from '../use-cases/list-tokens';
import { RevokeToken } from '../use-cases/revoke-token';

@Controller()
export class TokensController {
  constructor(
    private readonly createTokenCase: CreateToken,
    private readonly listTokensCase: ListTokens,
    private readonly revokeTokenCase: RevokeToken,
  ) {}

  @Answers('createToken')
  createToken(request: Ask<'createToken'>): Promise<Answer<'createToken'>> {
    return this.createTokenCase.run(request);
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
