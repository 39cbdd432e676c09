import { z } from 'zod';
import { id, sha256, MEASURE_MS } from './common';
import { operation } from './define-contract';

/** Most contents of one question about storage. */
export const MAX_MEASURED = 10_000;

export const storageOperations = {
  /**
   * What the live versions of an owner and those that wait for its approval have, each content counted once, and which of
   * `besides` none of them has.
   */
  measureStorage: operation(
    z.object({ ownerId: id, besides: z.array(sha256).max(MAX_MEASURED).default([]) }),
    z.object({ bytes: z.number().int().nonnegative(), absent: z.array(sha256) }),
    { deadlineMs: MEASURE_MS },
  ),
} as const;
