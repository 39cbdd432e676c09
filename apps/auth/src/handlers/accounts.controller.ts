import { Controller } from '@nestjs/common';
import { Answers, type Answer, type Ask } from '../messages';
import { FindAccount } from '../use-cases/find-account';
import { GetAccounts } from '../use-cases/get-accounts';
import { ListAccounts } from '../use-cases/list-accounts';

@Controller()
export class AccountsController {
  constructor(
    private readonly findAccountCase: FindAccount,
    private readonly getAccountsCase: GetAccounts,
    private readonly listAccountsCase: ListAccounts,
  ) {}

  @Answers('findAccount')
  findAccount(request: Ask<'findAccount'>): Promise<Answer<'findAccount'>> {
    return this.findAccountCase.run(request);
  }

  @Answers('getAccounts')
  getAccounts(request: Ask<'getAccounts'>): Promise<Answer<'getAccounts'>> {
    return this.getAccountsCase.run(request);
  }

  @Answers('listAccounts')
  listAccounts(request: Ask<'listAccounts'>): Promise<Answer<'listAccounts'>> {
    return this.listAccountsCase.run(request);
  }

  @Answers('listAccountsByNumber')
  listAccountsByNumber(request: Ask<'listAccountsByNumber'>): Promise<Answer<'listAccountsByNumber'>> {
    return this.listAccountsCase.byNumber(request);
  }
}
