import { Controller } from '@nestjs/common';
import { Answers, type Answer, type Ask } from '../messages';
import { ListGrants } from '../use-cases/list-grants';
import { ListGrantsOfAccount } from '../use-cases/list-grants-of-account';
import { RemoveGrant } from '../use-cases/remove-grant';
import { SetGrant } from '../use-cases/set-grant';

@Controller()
export class GrantsController {
  constructor(
    private readonly listGrantsCase: ListGrants,
    private readonly listGrantsOfAccountCase: ListGrantsOfAccount,
    private readonly setGrantCase: SetGrant,
    private readonly removeGrantCase: RemoveGrant,
  ) {}

  @Answers('listGrants')
  listGrants(request: Ask<'listGrants'>): Promise<Answer<'listGrants'>> {
    return this.listGrantsCase.run(request);
  }

  @Answers('listGrantsOfAccount')
  listGrantsOfAccount(request: Ask<'listGrantsOfAccount'>): Promise<Answer<'listGrantsOfAccount'>> {
    return this.listGrantsOfAccountCase.run(request);
  }

  @Answers('setGrant')
  setGrant(request: Ask<'setGrant'>): Promise<Answer<'setGrant'>> {
    return this.setGrantCase.run(request);
  }

  @Answers('removeGrant')
  removeGrant(request: Ask<'removeGrant'>): Promise<Answer<'removeGrant'>> {
    return this.removeGrantCase.run(request);
  }
}
