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
] as const;
export type NodeKind = (typeof nodeKinds)[number];

export interface NodeId {
  readonly kind: NodeKind;
  readonly id: string;
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The global id of something: opaque to callers, the same for as long as it exists, and the `node_id` of the REST API. */
export function writeNodeId(kind: NodeKind, id: string): string {
  return nodeId(kind, id);
}

/** Reads a global id; null for a text that is none. */
export function readNodeId(text: string): NodeId | null {
  const parsed = text.length > 200 ? null : parseNodeId(text);
  const kind = nodeKinds.find((known) => known === parsed?.kind);
  return kind && parsed && uuid.test(parsed.id) ? { kind, id: parsed.id } : null;
}
