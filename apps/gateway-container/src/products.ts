import { splitRepositoryName } from './codec/repository-name';
import type { RegistryProduct } from './product';

/** Packages of owners: `OWNER/IMAGE`, or more parts. */
export const containerProduct: RegistryProduct = {
  format: 'container',
  mount: '/v2',
  hosts: ['container', 'containers'],
  scope: 'owner',
  readsThrough: null,
  readName(repositoryName) {
    const [ownerLogin, ...rest] = splitRepositoryName(repositoryName) ?? [];
    if (ownerLogin === undefined || rest.length === 0) return null;
    const name = rest.join('/');
    return { repositoryName, ownerLogin, name, nameKey: name, codeRepository: null };
  },
};

/** Packages of repositories: `OWNER/REPOSITORY/IMAGE`, or more parts. */
export const dockerProduct: RegistryProduct = {
  format: 'docker',
  mount: '/_registry/docker',
  hosts: ['docker'],
  scope: 'repository',
  readsThrough: 'container',
  readName(repositoryName) {
    const [ownerLogin, codeRepository, ...rest] = splitRepositoryName(repositoryName) ?? [];
    if (ownerLogin === undefined || codeRepository === undefined || rest.length === 0) return null;
    const name = `${codeRepository}/${rest.join('/')}`;
    return { repositoryName, ownerLogin, name, nameKey: name, codeRepository };
  },
};
