import type { IncomingMessage } from 'node:http';
import { createUrlRewriter, Mounts } from './url-rewriter';
import type { ServiceDefinition } from './service-definition';

class EmptyModule {}
const service = (name: string, more: Partial<ServiceDefinition>): ServiceDefinition => ({
  name,
  module: EmptyModule,
  ...more,
});

const toy = service('gateway-toy', {
  http: {
    paths: ['/_registry/toy', '/-/toy'],
    hosts: ['playthings'],
    normalisePath: (path) => path.replace(/%2f/gi, '%2F'),
  },
  format: { id: 'toy', label: 'Toy', icon: 'toy', mount: '/_registry/toy' },
});
const toys = service('gateway-toys', { http: { paths: ['/_registry/toys/'] } });
const rest = service('api', { http: { paths: ['/'] } });
const mounts = new Mounts([rest, toy, toys, service('auth', {})]);

function rewrite(url: string, host = 'packages.example.com', subdomains = true): string {
  const rewriter = createUrlRewriter(mounts, { subdomains, publicHost: () => 'packages.example.com' });
  return rewriter({ url, headers: { host } } as IncomingMessage);
}

describe('which service a path belongs to', () => {
  it.each([
    ['/_registry/toy', 'gateway-toy'],
    ['/_registry/toy/a/b', 'gateway-toy'],
    ['/_registry/toy?x=/_registry/toys/', 'gateway-toy'],
    ['/_registry/toys/a', 'gateway-toys'],
    ['/_registry/toybox', 'api'],
    ['/', 'api'],
    ['/api/v3', 'api'],
  ])('%s belongs to %s', (url, name) => {
    expect(mounts.find(url)?.name).toBe(name);
  });
});

describe('the path that is routed', () => {
  it('is what the rules of its own service make of it, the query untouched', () => {
    expect(rewrite('/_registry/toy/a%2fb?x=%2f')).toBe('/_registry/toy/a%2Fb?x=%2f');
    expect(rewrite('/_registry/toys/a%2fb')).toBe('/_registry/toys/a%2fb');
  });

  it('loses scheme and host when a client takes us for a proxy', () => {
    expect(rewrite('http://elsewhere/_registry/toy/a%2fb')).toBe('/_registry/toy/a%2Fb');
    expect(rewrite('http://elsewhere')).toBe('/');
  });

  it('starts at the first path of the format whose host name was asked', () => {
    expect(rewrite('/a%2fb?x', 'toy.packages.example.com')).toBe('/_registry/toy/a%2Fb?x');
    expect(rewrite('/', 'TOY.packages.example.com')).toBe('/_registry/toy/');
  });

  it('starts there for every other host name of the format too', () => {
    expect(rewrite('/a?x', 'playthings.packages.example.com')).toBe('/_registry/toy/a?x');
  });

  it('is not prefixed twice', () => {
    expect(rewrite('/_registry/toy/a', 'toy.packages.example.com')).toBe('/_registry/toy/a');
  });

  it.each([
    'toy.evil.example.com',
    'nothing.packages.example.com',
    'a.toy.packages.example.com',
    '',
    '.packages.example.com',
  ])('is left alone for the host "%s"', (host) => {
    expect(rewrite('/a', host)).toBe('/a');
  });

  it('ignores host names unless the setting asks for them', () => {
    expect(rewrite('/a', 'toy.packages.example.com', false)).toBe('/a');
  });
});
