import type { Account } from '@packhouse/contracts';
import { z } from 'zod';
import { fullUser, toFullUser } from './full-user';

/** GitHub's "private user": what somebody sees of oneself. */
export const privateUser = z
  .object({
    ...fullUser.shape,
    private_gists: z.int(),
    total_private_repos: z.int(),
    owned_private_repos: z.int(),
    disk_usage: z.int(),
    collaborators: z.int(),
    two_factor_authentication: z.boolean(),
  })
  .meta({ id: 'private-user', title: 'Private User' });
export type PrivateUser = z.infer<typeof privateUser>;

/** `base`: the public URL of the instance. */
export function toPrivateUser(
  account: Account,
  figures: { publicRepositories: number; privateRepositories: number },
  base: string,
): PrivateUser {
  return {
    ...toFullUser(account, figures, base),
    private_gists: 0,
    total_private_repos: figures.privateRepositories,
    owned_private_repos: figures.privateRepositories,
    disk_usage: 0,
    collaborators: 0,
    two_factor_authentication: account.twoFactor !== 'off',
  };
}
