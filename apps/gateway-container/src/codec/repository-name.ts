/** Clients put host and name into 255 characters together. */
export const MAX_NAME_LENGTH = 200;

const component = /^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*$/;

/** The parts of a repository name (distribution specification, "Pulling manifests"); null for what is none. */
export function splitRepositoryName(name: string): string[] | null {
  if (name.length > MAX_NAME_LENGTH) return null;
  const parts = name.split('/');
  return parts.every((part) => component.test(part)) ? parts : null;
}
