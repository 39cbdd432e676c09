import { Controller } from '@nestjs/common';
import { Answers, type Answer, type Ask } from '../messages';
import { DeleteAccount } from '../use-cases/delete-account';
import { RenameAccount } from '../use-cases/rename-account';
import { SetSiteAdministrator } from '../use-cases/set-site-administrator';
import { SetSuspended } from '../use-cases/set-suspended';

/** What becomes of an account as a whole: another name, other powers, the end. */
@Controller()
export class AccountEndsController {
  constructor(
    private readonly renameAccountCase: RenameAccount,
    private readonly deleteAccountCase: DeleteAccount,
    private readonly setSiteAdministratorCase: SetSiteAdministrator,
    private readonly setSuspendedCase: SetSuspended,
  ) {}

  @Answers('renameAccount')
  renameAccount(request: Ask<'renameAccount'>): Promise<Answer<'renameAccount'>> {
    return this.renameAccountCase.run(request);
  }

  @Answers('deleteAccount')
  deleteAccount(request: Ask<'deleteAccount'>): Promise<Answer<'deleteAccount'>> {
    return this.deleteAccountCase.run(request);
  }

  @Answers('setSiteAdministrator')
  setSiteAdministrator(request: Ask<'setSiteAdministrator'>): Promise<Answer<'setSiteAdministrator'>> {
    return this.setSiteAdministratorCase.run(request);
  }

  @Answers('setSuspended')
  setSuspended(request: Ask<'setSuspended'>): Promise<Answer<'setSuspended'>> {
    return this.setSuspendedCase.run(request);
  }
}
