/** The id by which GraphQL knows a thing: its kind and our id, as opaque text. */
export function nodeId(kind: string, id: string): string {
  return Buffer.from(`${kind}:${id}`).toString('base64url');
}

/** Takes such an id apart; null for anything else. */
export function parseNodeId(text: string): { kind: string; id: string } | null {
  const [, kind, id] = /^([A-Za-z]+):([\w.:-]+)$/.exec(Buffer.from(text, 'base64url').toString('utf8')) ?? [];
  return kind && id ? { kind, id } : null;
}
