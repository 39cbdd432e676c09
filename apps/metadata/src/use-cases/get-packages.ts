import { Injectable } from '@nestjs/common';
import type { PackageFacts } from '@packhouse/contracts';
import { PackageRepository } from '../persistence/package.repository';

/** The packages with these ids; those that do not exist (any more) are left out. */
@Injectable()
export class GetPackages {
  constructor(private readonly packages: PackageRepository) {}

  async execute({ ids }: { ids: readonly string[] }): Promise<{ packages: PackageFacts[] }> {
    return { packages: await this.packages.listByIds(ids) };
  }
}
