import { BlockList, isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import type { ServerSettings } from '@packhouse/config';

/** What of a request tells where it came from. */
export type Received = Pick<FastifyRequest, 'headers' | 'raw'>;

/** A host name or address with an optional port: proxies pass on what a stranger sent, a path or a user name included. */
const hostShape = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;

/**
 * The URLs under which clients see this instance. Built from the setting, or from a trusted proxy's X-Forwarded-*
 * headers, or from the listening address; never from the Host that a stranger sends (it would poison cached documents).
 */
export class PublicUrl {
  private readonly trusted: BlockList;
  private readonly configured: URL | null;
  private listening: string;

  constructor(private readonly settings: ServerSettings) {
    this.trusted = trustedProxies(settings.trustedProxies);
    this.configured = settings.publicUrl ? new URL(settings.publicUrl) : null;
    this.listening = listeningUrl(settings.host, settings.port);
  }

  /** Told once the server listens, as port 0 means any. */
  setListening(port: number): void {
    this.listening = listeningUrl(this.settings.host, port);
  }

  /** Base of the instance without a trailing slash, for screens and messages outside a request. */
  get base(): string {
    return this.settings.publicUrl ?? this.listening;
  }

  /** Base of the instance as this caller reaches it, without a trailing slash. */
  baseFor(request: Received): string {
    if (this.settings.publicUrl) return this.settings.publicUrl;
    return this.forwardedBase(request) ?? this.listening;
  }

  /** Base of a gateway mounted at `mount`: its own host name when the caller came by it, else the path below the instance. */
  mountFor(request: Received, mount: string, subdomain: string): string {
    const { host } = request.headers;
    if (this.settings.subdomains && host?.startsWith(`${subdomain}.`)) {
      const base = this.configured ?? new URL(this.baseFor(request));
      const named = `${base.protocol}//${host}`;
      // An address has no names below it, whatever somebody sends.
      if (host === `${subdomain}.${base.host}` && URL.canParse(named)) return named;
    }
    return `${this.baseFor(request)}${mount}`;
  }

  /** True when the peer is a proxy whose forwarded headers are believed. */
  isTrustedPeer(request: Received): boolean {
    const address = request.raw.socket.remoteAddress;
    if (!address) return false;
    const plain = address.replace(/^::ffff:/, '');
    return this.trusted.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4');
  }

  /** The caller's address: the nearest one that is not a trusted proxy. */
  addressOf(request: Received): string {
    const peer = (request.raw.socket.remoteAddress ?? 'unknown').replace(/^::ffff:/, '');
    const forwarded = request.headers['x-forwarded-for'];
    if (typeof forwarded !== 'string' || !this.isTrustedPeer(request)) return peer;
    const hops = forwarded.split(',').map((hop) => hop.trim());
    return hops.reverse().find((hop) => isIP(hop) !== 0 && !this.isTrustedAddress(hop)) ?? peer;
  }

  private isTrustedAddress(address: string): boolean {
    return this.trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }

  private forwardedBase(request: Received): string | null {
    const host = request.headers['x-forwarded-host'];
    if (typeof host !== 'string' || !hostShape.test(host) || !this.isTrustedPeer(request)) return null;
    const protocol = request.headers['x-forwarded-proto'] === 'https' ? 'https' : 'http';
    const prefix = request.headers['x-forwarded-prefix'];
    const path = typeof prefix === 'string' && /^\/[\w./-]*$/.test(prefix) ? prefix.replace(/\/+$/, '') : '';
    return URL.canParse(`${protocol}://${host}`) ? `${protocol}://${host}${path}` : null;
  }
}

function listeningUrl(host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

function trustedProxies(list: string): BlockList {
  const trusted = new BlockList();
  for (const entry of list.split(',').map((text) => text.trim())) {
    const [address = '', bits] = entry.split('/');
    const family = isIP(address);
    if (family === 0) continue;
    const type = family === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) trusted.addAddress(address, type);
    else trusted.addSubnet(address, Number(bits), type);
  }
  return trusted;
}
