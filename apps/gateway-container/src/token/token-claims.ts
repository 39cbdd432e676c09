import { z } from 'zod';
import { registryActions } from './scope-grammar';

const repositoryAccess = z.object({
  type: z.literal('repository'),
  name: z.string(),
  actions: z.array(z.enum(registryActions)),
});
const catalogAccess = z.object({
  type: z.literal('registry'),
  name: z.literal('catalog'),
  actions: z.array(z.literal('*')),
});

/** What a token says that its holder may do, as the distribution specification writes it. */
export const accessEntry = z.discriminatedUnion('type', [repositoryAccess, catalogAccess]);
export type AccessEntry = z.infer<typeof accessEntry>;

/** What our tokens hold besides the registered claims. */
export const tokenClaims = z.object({
  exp: z.number(),
  access: z.array(accessEntry),
  /** Names that were asked for and of which something was refused: a new token would not say more. */
  refused: z.array(z.string()).default([]),
  /** The credential that the token was issued for; null: nobody signed in. */
  holder: z
    .object({ account: z.uuid(), token: z.string().nullable(), password: z.string().nullable() })
    .nullable(),
});
export type TokenClaims = z.infer<typeof tokenClaims>;
