import type { PackageFacts, SharedPackage } from '@packhouse/contracts';

/** A package as the operations that give access to it want it. */
export function toShared({ id, ownerId, visibility, inheritsAccess }: PackageFacts): SharedPackage {
  return { packageId: id, ownerId, visibility, inheritsAccess };
}
