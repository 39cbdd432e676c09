import type { IncomingMessage, ServerResponse } from 'node:http';
import { WarmReads } from './warm-reads';

const response = {} as ServerResponse;
const request = (method: string, url: string): IncomingMessage => ({ method, url }) as IncomingMessage;

describe('warm reads', () => {
  const asked: string[] = [];
  const reads = new WarmReads();
  reads.offer('/one/', ({ url = '' }) => asked.push(url) > 0 && !url.endsWith('cold'));

  beforeEach(() => asked.splice(0));

  it.each(['GET', 'HEAD'])('answer %s below the prefix that was offered', (method) => {
    expect(reads.answer(request(method, '/one/thing'), response)).toBe(true);
    expect(asked).toEqual(['/one/thing']);
  });

  it('leave the request to the router when the reader does', () => {
    expect(reads.answer(request('GET', '/one/cold'), response)).toBe(false);
    expect(asked).toEqual(['/one/cold']);
  });

  it.each([
    ['PUT', '/one/thing'],
    ['POST', '/one/thing'],
    ['OPTIONS', '/one/thing'],
    ['GET', '/other/thing'],
    ['GET', 'http://host/one/thing'],
  ])('ask nobody about %s %s', (method, url) => {
    expect(reads.answer(request(method, url), response)).toBe(false);
    expect(asked).toEqual([]);
  });
});
