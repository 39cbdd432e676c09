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
  digests: ['sha256', 'sha512'],
  renderError: renderRegistryError,
});

export const dockerFormat = defineFormat({
  id: dockerProduct.format,
  label: 'Docker',
  icon: 'docker',
  mount: dockerProduct.mount,
  packageType: 'docker',
  digests: ['sha256', 'sha512'],
  renderError: renderRegistryError,
});
