import { lookup as resolveName, type LookupAddress, type LookupOptions } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { DomainError } from '@packhouse/kernel';

/** Networks that are nobody's public address (IANA special-purpose registries). */
const privateNetworks = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...['224.0.0.0/4', '240.0.0.0/4', '::/128', '::1/128', '::ffff:0:0/96', '64:ff9b::/96', '64:ff9b:1::/48'],
  ...['100::/64', '2001::/23', '2001:db8::/32', '2002::/16', 'fc00::/7', 'ff00::/8'],
];
/** Where clouds answer with the credentials of the machine: refused whatever the settings say. */
const credentialNetworks = [
  ...['169.254.0.0/16', 'fe80::/10', 'fd00:ec2::254/128', 'fd20:ce::254/128'],
  ...['100.100.100.200/32', '168.63.129.16/32'],
];
/** IPv6 addresses that lead to the IPv4 address within: mapped, compatible, translated (RFC 6052, 8215). */
const translatedNetworks = ['::ffff:0:0/96', '::/96', '64:ff9b::/96', '64:ff9b:1::/48'];
/** The same, with the IPv4 address behind the first 16 bits (RFC 3056). */
const tunnelledNetworks = ['2002::/16'];
const loopbackNetworks = ['127.0.0.0/8', '::1/128'];

const isPrivate = memberOf(privateNetworks);
const givesCredentials = memberOf(credentialNetworks);
const isTranslated = memberOf(translatedNetworks);
const isTunnelled = memberOf(tunnelledNetworks);
const isLoopback = memberOf(loopbackNetworks);

/** A list for each family: in one, the network of IPv4 addresses written as IPv6 would hold every IPv4 address. */
function memberOf(networks: readonly string[]): (address: string) => boolean {
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    lists[family].addSubnet(address, Number(bits), family);
  }
  return (address) => {
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    return lists[family].check(address, family);
  };
}

/** Says why an address must not be contacted, or null. */
export function findAddressFault(address: string, allowPrivate: boolean): string | null {
  const fault = 'it is not on a public address';
  if (isIP(address) === 0 || address.includes('%')) return fault;
  const inner = findIpv4Within(address);
  if (givesCredentials(address) || (inner !== null && givesCredentials(inner))) return fault;
  return isPrivate(address) && !allowPrivate ? fault : null;
}

function findIpv4Within(address: string): string | null {
  if (isIP(address) !== 6) return null;
  const groups = groupsOf(address);
  const pair = isTranslated(address) ? groups.slice(6) : isTunnelled(address) ? groups.slice(1, 3) : null;
  return pair && pair.flatMap((group) => [group >> 8, group & 255]).join('.');
}

/** The eight numbers of an IPv6 address, however it is written. */
function groupsOf(address: string): number[] {
  const written = hostOf(new URL(`http://[${address}]`));
  const [left = [], right] = written.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const gap = right === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array<string>(gap).fill('0'), ...(right ?? [])].map((group) => parseInt(group, 16));
}

/**
 * The URL of an issuer, or of its keys: https, without credentials, not on a private address. With `allowPrivate` any
 * address will do, and plain http on this machine.
 * @throws DomainError `invalid_request`.
 */
export function readIssuerUrl(text: string, allowPrivate: boolean): URL {
  const fault = findUrlFault(text, allowPrivate);
  if (fault === null) return new URL(text);
  throw new DomainError('invalid_request', `The issuer "${text.slice(0, 200)}" cannot be used: ${fault}.`);
}

function findUrlFault(text: string, allowPrivate: boolean): string | null {
  if (!URL.canParse(text) || !/^[\x21-\x7e]+$/.test(text)) return 'it is not a URL';
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return 'it has a user name in it';
  const host = hostOf(url);
  const isHere = allowPrivate && (host === 'localhost' || (isIP(host) !== 0 && isLoopback(host)));
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isHere))
    return 'it must begin with https://';
  return isIP(host) === 0 ? null : findAddressFault(host, allowPrivate);
}

/** Without the brackets of IPv6. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

/**
 * Resolves names for a connection and lets no private address through. The connection is made to what was checked here,
 * so that a name cannot change its mind in between. `resolve`: the system's resolver, or a test's.
 */
export function guardedLookup(
  allowPrivate: boolean,
  resolve: typeof resolveName = resolveName,
): LookupFunction {
  return (hostname, options, callback) => {
    const all: LookupOptions = { ...options, all: true };
    resolve(hostname, all, (error, found) => {
      if (error) return callback(error, '', 4);
      const addresses = found as unknown as LookupAddress[];
      const fault = addresses.map(({ address }) => findAddressFault(address, allowPrivate)).find(Boolean);
      const [first] = addresses;
      if (fault || !first) return callback(new Error(fault ?? 'it has no address'), '', 4);
      if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}
