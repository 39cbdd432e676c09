import { createLogger } from './pino-logger';

function recording(format: 'text' | 'json') {
  const lines: string[] = [];
  const logger = createLogger({ level: 'info', format }, { write: (line: string) => lines.push(line) });
  return { logger, lines };
}

describe('the logger', () => {
  it('writes one line of JSON with the facts, without those below the level', () => {
    const { logger, lines } = recording('json');
    logger.debug({ a: 1 }, 'not seen');
    logger.child({ service: 'blobs' }).info({ bytes: 3 }, 'Stored');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 30,
      service: 'blobs',
      bytes: 3,
      msg: 'Stored',
    });
  });

  it('writes text as one readable line', () => {
    const { logger, lines } = recording('text');
    logger.warn({ port: 4880, reason: 'in use' }, 'Cannot listen');
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} warn {2}Cannot listen port=4880 reason="in use"\n$/);
  });

  it('lets nobody forge a line with what a client sent', () => {
    const { logger, lines } = recording('text');
    logger.info({ name: 'a\nb' }, 'Asked for x\n12:00:00.000 error Forged\u001b[31m');
    expect(lines.join('').trimEnd().split('\n')).toHaveLength(1);
    expect(lines.join('')).not.toContain('\u001b');
  });

  it('shows the stack of an error below its line', () => {
    const { logger, lines } = recording('text');
    logger.error({ err: new Error('It broke') }, 'Failed');
    expect(lines[0]?.split('\n')[0]).toMatch(/error Failed err="It broke"$/);
    expect(lines[0]).toContain('\n    Error: It broke\n        at ');
  });

  it.each([
    [{ authorization: 'Bearer abc' }, 'abc'],
    [{ headers: { 'npm-otp': '123456', 'Proxy-Authorization': 'Basic abc' } }, '123456'],
    [{ headers: { cookie: 'session=abc' } }, 'abc'],
    [{ body: [{ password: 'hunter22' }] }, 'hunter22'],
    [{ path: '/_registry/x/-/user/token/secret-text?a=1' }, 'secret-text'],
    [{ path: '/-/npm/v1/tokens/token/secret-text' }, 'secret-text'],
    [{ url: 'postgres://packhouse:hunter22@127.0.0.1/db' }, 'hunter22'],
    [{ note: 'sent Bearer hunter22 to it' }, 'hunter22'],
    [
      { err: new Error('postgres://a:hunter22@h refused', { cause: new Error('Basic hunter22') }) },
      'hunter22',
    ],
  ])('never writes the secret of %j', (facts, secret) => {
    for (const format of ['text', 'json'] as const) {
      const { logger, lines } = recording(format);
      logger.info(facts, 'Happened');
      logger.child(facts).info({}, `Happened: ${JSON.stringify(Object.values(facts))}`.slice(0, 9));
      expect(lines).toHaveLength(2);
      expect(lines.join('')).not.toContain(secret);
    }
  });
});
