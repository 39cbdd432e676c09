import { buildVersion } from '../../src';
import { packages, type OperationKey, type PackageKey } from './permission-table';

export interface Answered {
  readonly status: number;
  readonly text: string;
}

/** Asks for an operation as npm does. `serial` makes what is written by each call its own. */
export async function callRegistry(
  registry: string,
  operation: OperationKey,
  { name, token, serial }: { name: string; token: string | undefined; serial: number },
): Promise<Answered> {
  const { method, path, body } = await requestOf(registry, operation, name, serial);
  const answer = await fetch(`${registry}${path}`, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body,
  });
  return { status: answer.status, text: await answer.text() };
}

interface NpmRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
}

async function requestOf(
  registry: string,
  operation: OperationKey,
  name: string,
  serial: number,
): Promise<NpmRequest> {
  const escaped = name.replace('/', '%2f');
  switch (operation) {
    case 'document':
      return { method: 'GET', path: `/${escaped}` };
    case 'visibility':
      return { method: 'GET', path: `/-/package/${name}/visibility` };
    case 'publish':
      return { method: 'PUT', path: `/${escaped}`, body: await publishBody(registry, name, `1.0.${serial}`) };
    case 'tag':
      return { method: 'PUT', path: `/-/package/${name}/dist-tags/tag-${serial}`, body: '"1.0.0"' };
    case 'deprecate': {
      const versions = { '1.0.0': { name, version: '1.0.0', deprecated: 'use another' } };
      return { method: 'PUT', path: `/${escaped}`, body: JSON.stringify({ _id: name, name, versions }) };
    }
    case 'unpublish':
      return { method: 'DELETE', path: `/${escaped}/-rev/1-0000` };
    case 'access':
      return { method: 'POST', path: `/-/package/${name}/access`, body: '{"access":"nonsense"}' };
  }
}

/** The document that publishes a version with nothing in it. */
export async function publishBody(
  registry: string,
  name: string,
  version: string,
  more: { access?: 'public' | 'restricted'; repository?: string } = {},
): Promise<string> {
  const { access, ...rest } = more;
  const manifest = { name, version, ...rest };
  const built = await buildVersion({
    manifest,
    files: new Map([['package.json', { content: JSON.stringify(manifest) }]]),
  });
  return built.document(registry, { tag: `v-${version}`, access });
}

export const nameOf = (key: PackageKey): string => packages[key].name;
