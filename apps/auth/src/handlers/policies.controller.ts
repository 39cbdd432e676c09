import { Controller } from '@nestjs/common';
import { Answers, type Answer, type Ask } from '../messages';
import { FormatPolicies } from '../use-cases/format-policies';
import { OrganizationPolicies } from '../use-cases/organization-policies';

@Controller()
export class PoliciesController {
  constructor(
    private readonly organizationPolicies: OrganizationPolicies,
    private readonly formatPolicies: FormatPolicies,
  ) {}

  @Answers('getOrganizationPolicy')
  getOrganizationPolicy(request: Ask<'getOrganizationPolicy'>): Promise<Answer<'getOrganizationPolicy'>> {
    return this.organizationPolicies.get(request);
  }

  @Answers('setOrganizationPolicy')
  setOrganizationPolicy(request: Ask<'setOrganizationPolicy'>): Promise<Answer<'setOrganizationPolicy'>> {
    return this.organizationPolicies.set(request);
  }

  @Answers('getFormatPolicy')
  getFormatPolicy(request: Ask<'getFormatPolicy'>): Promise<Answer<'getFormatPolicy'>> {
    return this.formatPolicies.get(request);
  }

  @Answers('listFormatPolicies')
  listFormatPolicies(): Promise<Answer<'listFormatPolicies'>> {
    return this.formatPolicies.list();
  }

  @Answers('setFormatPolicy')
  setFormatPolicy(request: Ask<'setFormatPolicy'>): Promise<Answer<'setFormatPolicy'>> {
    return this.formatPolicies.set(request);
  }
}
