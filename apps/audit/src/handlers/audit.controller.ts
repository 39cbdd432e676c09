import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { auditContract, patternOf, type RequestOf, type ResponseOf } from '@packhouse/contracts';
import { ListEntries } from '../use-cases/list-entries';

type Contract = typeof auditContract;

/** Answers the operations of the audit contract; requests arrive validated. */
@Controller()
export class AuditController {
  constructor(private readonly lists: ListEntries) {}

  @MessagePattern(patternOf(auditContract, 'listEntries'))
  listEntries(request: RequestOf<Contract, 'listEntries'>): Promise<ResponseOf<Contract, 'listEntries'>> {
    return this.lists.run(request);
  }
}
