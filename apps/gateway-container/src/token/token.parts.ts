import { RegistryAccess } from './registry-access';
import { RegistryCallers } from './registry-callers';
import { RegistryCatalog } from './registry-catalog';
import { RegistryNames } from './registry-names';
import { RegistryTokens } from './registry-tokens';
import { TokenKeys } from './token-keys';
import { TokenService } from './token-service';

/** The token service and what knows callers by its tokens, as parts of a product's module. */
export const tokenProviders = [
  RegistryAccess,
  RegistryCallers,
  RegistryCatalog,
  RegistryNames,
  RegistryTokens,
  TokenKeys,
  TokenService,
];
