import type { Account } from '@packhouse/contracts';
import { z } from 'zod';
import { simpleUser, toSimpleUser } from './simple-user';

/** An account with its profile: GitHub's "public user". */
export const fullUser = z
  .object({
    ...simpleUser.shape,
    name: z.string().nullable(),
    company: z.string().nullable(),
    blog: z.string().nullable(),
    location: z.string().nullable(),
    email: z.string().nullable(),
    hireable: z.boolean().nullable(),
    bio: z.string().nullable(),
    public_repos: z.int(),
    public_gists: z.int(),
    followers: z.int(),
    following: z.int(),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: 'public-user', title: 'Public User' });
export type FullUser = z.infer<typeof fullUser>;

/** `base`: the public URL of the instance. There are no gists and no followers here. */
export function toFullUser(
  account: Account,
  { publicRepositories }: { publicRepositories: number },
  base: string,
): FullUser {
  return {
    ...toSimpleUser(account, base),
    name: account.displayName,
    company: account.profile.company ?? null,
    blog: account.profile.homepage ?? null,
    location: account.profile.location ?? null,
    email: account.email,
    hireable: null,
    bio: account.profile.bio ?? null,
    public_repos: publicRepositories,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: account.createdAt,
    updated_at: account.updatedAt,
  };
}
