import { normalisePath } from './request-path';

describe('normalisePath', () => {
  it.each([
    ['/_registry/npm/@acme%2fthing', '/_registry/npm/@acme/thing'],
    ['/_registry/npm/@acme%2Fthing', '/_registry/npm/@acme/thing'],
    ['/_registry/npm/%40acme%2fthing/1.0.0', '/_registry/npm/@acme/thing/1.0.0'],
    ['/_registry/npm/%40acme/thing', '/_registry/npm/@acme/thing'],
    ['/-/package/@acme%2fthing/dist-tags/latest', '/-/package/@acme/thing/dist-tags/latest'],
    ['/-/npm/v1/attestations/@acme%2fthing@1.0.0', '/-/npm/v1/attestations/@acme/thing@1.0.0'],
    ['/@acme%2fthing/-/@acme%2fthing-1.0.0.tgz/-rev/3', '/@acme/thing/-/@acme/thing-1.0.0.tgz/-rev/3'],
    ['/_registry/npm//-/ping', '/_registry/npm/-/ping'],
    [
      '/_registry/npm/_registry/npm/@acme/thing/-/thing-1.0.0.tgz/-rev/3',
      '/_registry/npm/@acme/thing/-/thing-1.0.0.tgz/-rev/3',
    ],
    ['///@acme//thing', '/@acme/thing'],
    ['/_registry/npm/', '/_registry/npm'],
    ['/@acme/thing//', '/@acme/thing'],
    ['//', '/'],
  ])('turns %s into %s', (from, to) => {
    expect(normalisePath(from)).toBe(to);
  });

  it.each([
    '/',
    '/thing',
    '/@acme/thing',
    '/@acme%252fthing',
    '/a%2fb',
    '/thing/1.0.0%2bbuild',
    '/@acme/thing/-/x%20y.tgz',
    '',
  ])('leaves %j as it is', (path) => {
    expect(normalisePath(path)).toBe(path);
  });

  it('is quick with hostile paths', () => {
    const started = performance.now();
    normalisePath('/@'.repeat(150_000) + '%');
    normalisePath('/@a%2'.repeat(60_000));
    normalisePath('/'.repeat(300_000));
    // Milliseconds; a pattern that begins anew at each of 300,000 characters takes minutes.
    expect(performance.now() - started).toBeLessThan(3000);
  });
});
