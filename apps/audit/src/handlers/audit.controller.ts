import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { auditContract, patternOf, type RequestOf, type ResponseOf } from '@packhouse/contracts';
import { ListEntries } from '../use-cases/list-entries';
import { RecordReads } from '../use-cases/record-reads';

type Contract = typeof auditContract;

/** Answers the operations of the audit contract; requests arrive validated. */
@Controller()
export class AuditController {
  constructor(
    private readonly lists: ListEntries,
    private readonly reads: RecordReads,
  ) {}

  @MessagePattern(patternOf(auditContract, 'recordReads'))
  recordReads(request: RequestOf<Contract, 'recordReads'>): Promise<ResponseOf<Contract, 'recordReads'>> {
    return this.reads.run(request);
  }

  @MessagePattern(patternOf(auditContract, 'listEntries'))
  listEntries(request: RequestOf<Contract, 'listEntries'>): Promise<ResponseOf<Contract, 'listEntries'>> {
    return this.lists.run(request);
  }
}
