import { nodeId, parseNodeId } from '../../rest/node-id';

/** What can be asked for by a global id. */
const nodeKinds = [
  'User',
  'Bot',
  'Organization',
  'Repository',
  'Package',
  'PackageVersion',
  'PackageFile',
  'PackageTag',
] as const;
export type NodeKind = (typeof nodeKinds)[number];

export interface NodeId {
  readonly kind: NodeKind;
  readonly id: string;
  /** Of a tag, which is named by its package's id and this. */
  readonly name?: string;
}

const MAX_ID = 600;

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The global id of something: opaque to callers, the same for as long as it exists, and the `node_id` of the REST API. */
export function writeNodeId(kind: NodeKind, id: string): string {
  return nodeId(kind, id);
}

/** The global id of a tag: that of its name, whichever version it points to. */
export function writeTagId({
  packageId,
  name,
}: {
  readonly packageId: string;
  readonly name: string;
}): string {
  return nodeId('PackageTag', `${packageId}:${Buffer.from(name).toString('base64url')}`);
}

/** Reads a global id; null for a text that is none. */
export function readNodeId(text: string): NodeId | null {
  const parsed = text.length > MAX_ID ? null : parseNodeId(text);
  const kind = nodeKinds.find((known) => known === parsed?.kind);
  if (!kind || !parsed) return null;
  const [id = '', name, ...more] = parsed.id.split(':');
  if (!uuid.test(id) || more.length > 0 || (kind === 'PackageTag') !== Boolean(name)) return null;
  return name ? { kind, id, name: Buffer.from(name, 'base64url').toString('utf8') } : { kind, id };
}
