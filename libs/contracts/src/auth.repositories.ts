import { z } from 'zod';
import { actor, cursor, id, isoTime, page, visibility } from './common';
import { operation } from './define-contract';

const repository = z.object({
  id,
  ownerId: id,
  ownerLogin: z.string(),
  name: z.string(),
  visibility,
  createdAt: isoTime,
});

/** What packages are linked to. */
export const repositoryOperations = {
  createRepository: operation(
    z.object({
      ownerId: id,
      name: z.string(),
      visibility: visibility.default('private'),
      actor: actor.nullable().default(null),
    }),
    z.object({ repository }),
  ),
  findRepository: operation(
    z.object({ ownerLogin: z.string(), name: z.string() }),
    z.object({ repository: repository.nullable() }),
  ),
  listRepositories: operation(
    z.object({ ownerId: id, cursor, limit: z.number().int().min(1).max(100).default(50) }),
    page(repository),
  ),
} as const;
