import { Settings } from '@packhouse/gateway-kit';
import { PublicUrl, type Received } from '@packhouse/http';
import { containerProduct, dockerProduct } from '../products';
import { challengeOf, tokenServiceFor } from './challenge';

function urlOf(env: Record<string, string>): PublicUrl {
  const url = new PublicUrl(Settings.load({ PACKHOUSE_HOST: '127.0.0.1', ...env }, []).values.server);
  url.setListening(5000);
  return url;
}

const received = (headers: Record<string, string>): Received =>
  ({ headers, raw: { socket: { remoteAddress: '127.0.0.1' } } }) as unknown as Received;

describe('the address of the token service', () => {
  it('is that of the instance as the client reaches it', () => {
    const plain = urlOf({});
    expect(tokenServiceFor(plain, containerProduct, received({ host: 'evil.example' }))).toEqual({
      ...{ realm: 'http://127.0.0.1:5000/v2/token', service: '127.0.0.1:5000' },
    });
    const behind = urlOf({ PACKHOUSE_TRUSTED_PROXIES: '127.0.0.1' });
    const forwarded = { 'x-forwarded-host': 'images.example.com:8443', 'x-forwarded-proto': 'https' };
    expect(tokenServiceFor(behind, containerProduct, received(forwarded))).toEqual({
      ...{ realm: 'https://images.example.com:8443/v2/token', service: 'images.example.com:8443' },
    });
    const known = urlOf({ PACKHOUSE_URL: 'https://packages.example.com' });
    expect(tokenServiceFor(known, dockerProduct, received(forwarded)).realm).toBe(
      'https://packages.example.com/_registry/docker/token',
    );
  });

  it.each([
    ['container.packages.example.com', containerProduct, 'https://container.packages.example.com/token'],
    ['containers.packages.example.com', containerProduct, 'https://containers.packages.example.com/token'],
    ['docker.packages.example.com', dockerProduct, 'https://docker.packages.example.com/token'],
    ['packages.example.com', containerProduct, 'https://packages.example.com/v2/token'],
    ['container.evil.example', containerProduct, 'https://packages.example.com/v2/token'],
  ])('at the host %s is below that host where it is one of ours', (host, product, realm) => {
    const url = urlOf({ PACKHOUSE_URL: 'https://packages.example.com', PACKHOUSE_SUBDOMAINS: 'on' });
    expect(tokenServiceFor(url, product, received({ host })).realm).toBe(realm);
  });

  it('is never below an address, which has no names', () => {
    const url = urlOf({ PACKHOUSE_SUBDOMAINS: 'on' });
    expect(tokenServiceFor(url, dockerProduct, received({ host: 'docker.127.0.0.1:5000' })).realm).toBe(
      'http://127.0.0.1:5000/_registry/docker/token',
    );
  });
});

describe('the challenge', () => {
  const service = { realm: 'https://h.example/v2/token', service: 'h.example' };

  it('has one scheme, and everything in quotation marks', () => {
    expect(challengeOf(service, {})).toBe('Bearer realm="https://h.example/v2/token",service="h.example"');
    const scopes = [
      { name: 'acme/new', actions: ['pull', 'push'] as const },
      { name: 'acme/app', actions: ['pull'] as const },
    ];
    expect(challengeOf(service, { scopes, error: 'insufficient_scope' })).toBe(
      'Bearer realm="https://h.example/v2/token",service="h.example",' +
        'scope="repository:acme/new:pull,push repository:acme/app:pull",error="insufficient_scope"',
    );
  });

  it('never holds what is not of the grammar of names', () => {
    const name = 'acme/app"\r\nX-Evil: 1';
    expect(challengeOf(service, { scopes: [{ name, actions: ['pull'] }] })).toBe(challengeOf(service, {}));
  });
});
