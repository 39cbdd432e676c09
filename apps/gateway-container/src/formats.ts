import { defineFormat } from '@packhouse/gateway-kit';
import { containerProduct, dockerProduct } from './products';
import { renderRegistryError } from './render-error';

export const containerFormat = defineFormat({
  id: containerProduct.format,
  label: 'Container',
  icon: 'container',
  mount: containerProduct.mount,
  packageType: 'container',
  retireNamesAbove: 5000,
  tagsShownIn: 'container.tags',
  digests: ['sha256', 'sha512'],
  renderError: renderRegistryError,
});

export const dockerFormat = defineFormat({
  id: dockerProduct.format,
  label: 'Docker',
  icon: 'docker',
  mount: dockerProduct.mount,
  packageType: 'docker',
  // GitHub's schema names the list `tag` and requires `tags`.
  tagsShownIn: 'docker.tag,tags',
  digests: ['sha256', 'sha512'],
  renderError: renderRegistryError,
});
