import { loadServices, serviceNames } from './services';

describe('the services of the product', () => {
  it('are asked for by the names that they give themselves', async () => {
    expect((await loadServices()).map(({ name }) => name)).toEqual(serviceNames);
  });
});
