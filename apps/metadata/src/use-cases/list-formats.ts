import { Injectable } from '@nestjs/common';
import type { FormatDescriptor } from '@packhouse/contracts';
import { FormatRepository } from '../persistence/format.repository';

@Injectable()
export class ListFormats {
  constructor(private readonly formats: FormatRepository) {}

  async execute(): Promise<{ formats: FormatDescriptor[] }> {
    return { formats: await this.formats.list() };
  }
}
