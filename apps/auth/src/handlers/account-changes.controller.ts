import { Controller } from '@nestjs/common';
import { Answers, type Answer, type Ask } from '../messages';
import { ChangePassword } from '../use-cases/change-password';
import { CreateOrganization } from '../use-cases/create-organization';
import { CreateUser } from '../use-cases/create-user';
import { UpdateAccount } from '../use-cases/update-account';

@Controller()
export class AccountChangesController {
  constructor(
    private readonly createUserCase: CreateUser,
    private readonly createOrganizationCase: CreateOrganization,
    private readonly updateAccountCase: UpdateAccount,
    private readonly changePasswordCase: ChangePassword,
  ) {}

  @Answers('createUser')
  createUser(request: Ask<'createUser'>): Promise<Answer<'createUser'>> {
    return this.createUserCase.run(request);
  }

  @Answers('createOrganization')
  createOrganization(request: Ask<'createOrganization'>): Promise<Answer<'createOrganization'>> {
    return this.createOrganizationCase.run(request);
  }

  @Answers('updateAccount')
  updateAccount(request: Ask<'updateAccount'>): Promise<Answer<'updateAccount'>> {
    return this.updateAccountCase.run(request);
  }

  @Answers('changePassword')
  changePassword(request: Ask<'changePassword'>): Promise<Answer<'changePassword'>> {
    return this.changePasswordCase.run(request);
  }
}
