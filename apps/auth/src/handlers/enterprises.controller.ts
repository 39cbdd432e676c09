import { Controller } from '@nestjs/common';
import { Answers, type Answer, type Ask } from '../messages';
import { EnterpriseOrganizations } from '../use-cases/enterprise-organizations';
import { Enterprises } from '../use-cases/enterprises';

@Controller()
export class EnterprisesController {
  constructor(
    private readonly enterprises: Enterprises,
    private readonly organizations: EnterpriseOrganizations,
  ) {}

  @Answers('createEnterprise')
  createEnterprise(request: Ask<'createEnterprise'>): Promise<Answer<'createEnterprise'>> {
    return this.enterprises.create(request);
  }

  @Answers('findEnterprise')
  findEnterprise(request: Ask<'findEnterprise'>): Promise<Answer<'findEnterprise'>> {
    return this.enterprises.find(request);
  }

  @Answers('listEnterprises')
  listEnterprises(request: Ask<'listEnterprises'>): Promise<Answer<'listEnterprises'>> {
    return this.enterprises.list(request);
  }

  @Answers('deleteEnterprise')
  deleteEnterprise(request: Ask<'deleteEnterprise'>): Promise<Answer<'deleteEnterprise'>> {
    return this.enterprises.delete(request);
  }

  @Answers('listEnterpriseOrganizations')
  listEnterpriseOrganizations(
    request: Ask<'listEnterpriseOrganizations'>,
  ): Promise<Answer<'listEnterpriseOrganizations'>> {
    return this.organizations.list(request);
  }

  @Answers('addEnterpriseOrganization')
  addEnterpriseOrganization(
    request: Ask<'addEnterpriseOrganization'>,
  ): Promise<Answer<'addEnterpriseOrganization'>> {
    return this.organizations.add(request);
  }

  @Answers('removeEnterpriseOrganization')
  removeEnterpriseOrganization(
    request: Ask<'removeEnterpriseOrganization'>,
  ): Promise<Answer<'removeEnterpriseOrganization'>> {
    return this.organizations.remove(request);
  }
}
