import { Injectable } from '@nestjs/common';
import type { FormatDescriptor } from '@packhouse/contracts';
import { FormatRepository } from '../persistence/format.repository';

@Injectable()
export class AnnounceFormat {
  constructor(private readonly formats: FormatRepository) {}

  async execute(format: FormatDescriptor): Promise<Record<string, never>> {
    await this.formats.save(format);
    return {};
  }
}
