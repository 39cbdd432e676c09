import { platformsOf } from './platforms';

describe('the platforms of a version', () => {
  it.each([
    [{}, []],
    [{ platform: 'linux/amd64' }, ['linux/amd64']],
    [{ platform: 'x', platforms: '["linux/amd64","linux/arm64/v8"]' }, ['linux/amd64', 'linux/arm64/v8']],
    [{ platforms: '[{"platform":"linux/arm64","size":1},{"platform":2}]' }, ['linux/arm64']],
    [{ platforms: '["a",1,null]' }, ['a']],
    [{ platforms: '{"a":1}' }, []],
    [{ platforms: 'nonsense' }, []],
  ])('of %j are %j', (properties: Record<string, string>, platforms) =>
    expect(platformsOf(properties)).toEqual(platforms),
  );
});
