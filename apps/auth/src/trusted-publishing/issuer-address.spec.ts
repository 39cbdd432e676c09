import { findAddressFault, guardedLookup, readIssuerUrl } from './issuer-address';

describe('addresses of issuers', () => {
  it.each([
    ...['127.0.0.1', '10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.1.1', '100.64.0.1', '0.0.0.0'],
    ...[
      '::1',
      '::',
      'fd00::1',
      '::ffff:127.0.0.1',
      '::ffff:10.0.0.1',
      '64:ff9b::a00:1',
      '2002:a00:1::',
      'ff02::1',
    ],
    ...['224.0.0.1', '255.255.255.255', '198.18.0.1'],
  ])('%s is private, and used only where the settings allow it', (address) => {
    expect(findAddressFault(address, false)).not.toBeNull();
    expect(findAddressFault(address, true)).toBeNull();
  });

  it.each([
    ...['169.254.169.254', 'fe80::1', '::ffff:169.254.169.254', '64:ff9b::a9fe:a9fe', '2002:a9fe:a9fe::1'],
    ...['fd00:ec2::254', 'fd20:ce::254', '100.100.100.200', '168.63.129.16', '::ffff:168.63.129.16'],
  ])('%s is never used: clouds give out credentials there', (address) => {
    expect(findAddressFault(address, false)).not.toBeNull();
    expect(findAddressFault(address, true)).not.toBeNull();
  });

  it.each(['140.82.112.3', '172.32.0.1', '2606:50c0:8000::1'])('%s is public', (address) =>
    expect(findAddressFault(address, false)).toBeNull(),
  );

  it.each([
    ...['https://127.0.0.1', 'https://[::1]', 'https://10.0.0.1/x', 'https://2130706433', 'https://0x7f.1'],
    ...[
      'http://localhost',
      'http://ci.example.org',
      'https://[::ffff:7f00:1]',
      'file:///etc/passwd',
      'https://a b',
    ],
  ])('%s is no issuer by default', (url) =>
    expect(() => readIssuerUrl(url, false)).toThrow(/cannot be used/),
  );

  it.each(['http://127.0.0.1:8080', 'http://localhost:1', 'https://10.0.0.1', 'http://[::1]:3'])(
    '%s is one where private issuers are allowed',
    (url) => expect(readIssuerUrl(url, true).href).toBe(new URL(url).href),
  );

  it('without TLS are on this machine only, whatever is allowed', () =>
    expect(() => readIssuerUrl('http://10.0.0.1', true)).toThrow(/https/));

  it('are judged where a name leads to, at the moment of the connection', async () => {
    const ask = (allow: boolean): Promise<unknown> =>
      new Promise((resolve) =>
        guardedLookup(allow)('localhost', {}, (error, address) => resolve(error ?? address)),
      );
    expect(await ask(false)).toBeInstanceOf(Error);
    expect(await ask(true)).toMatch(/^(127\.0\.0\.1|::1)$/);
  });
});
