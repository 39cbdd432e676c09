import { Inject, Injectable } from '@nestjs/common';
import { authContract, factKey, type AuthClient } from '@packhouse/contracts';
import {
  FactCache,
  InjectClient,
  INVALIDATIONS,
  type Invalidations,
  type PackageName,
} from '@packhouse/gateway-kit';
import { REGISTRY_PRODUCT, type RegistryName, type RegistryProduct } from '../product';

/** Names as decisions need them: with the repository that the package would belong to, where packages belong to one. */
@Injectable()
export class RegistryNames {
  private readonly repositories: FactCache<{ readonly id: string | null }>;

  constructor(
    @Inject(REGISTRY_PRODUCT) private readonly product: RegistryProduct,
    @InjectClient(authContract) private readonly auth: AuthClient,
    @Inject(INVALIDATIONS) invalidations: Invalidations,
  ) {
    this.repositories = new FactCache(invalidations, { max: 20_000 });
  }

  async resolve(name: RegistryName): Promise<PackageName> {
    const { ownerLogin, codeRepository } = name;
    if (this.product.scope === 'owner' || codeRepository === null) return name;
    const ofRepository = await this.repositories.get(`${ownerLogin}/${codeRepository}`, async () => {
      const { repository } = await this.auth.findRepository({ ownerLogin, name: codeRepository });
      const keys = [factKey.login(ownerLogin)];
      if (!repository) return { value: { id: null }, keys, keep: false };
      keys.push(factKey.account(repository.ownerId), factKey.repository(repository.id));
      return { value: { id: repository.id }, keys };
    });
    return { ...name, ofRepository };
  }
}
