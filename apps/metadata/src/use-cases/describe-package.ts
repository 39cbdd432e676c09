import { Injectable } from '@nestjs/common';
import { DomainError } from '@packhouse/kernel';
import { DescriptionRepository, type PackageDescription } from '../persistence/description.repository';

@Injectable()
export class DescribePackage {
  constructor(private readonly descriptions: DescriptionRepository) {}

  async execute({ packageId }: { packageId: string }): Promise<PackageDescription> {
    const description = await this.descriptions.find(packageId);
    if (!description) throw new DomainError('not_found', 'There is no such package.', { packageId });
    return description;
  }
}
