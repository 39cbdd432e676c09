import { Injectable } from '@nestjs/common';
import type { PackageFacts } from '@packhouse/contracts';
import { PackageRepository, type PackageName } from '../persistence/package.repository';

@Injectable()
export class FindPackage {
  constructor(private readonly packages: PackageRepository) {}

  async execute(name: PackageName): Promise<{ package: PackageFacts | null }> {
    return { package: await this.packages.find(name) };
  }
}
