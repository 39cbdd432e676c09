import type { Account } from '@packhouse/contracts';
import { z } from 'zod';
import { nodeId } from '../node-id';

/** An account as GitHub's answers mention it (spec M-28). */
export const simpleUser = z
  .object({
    login: z.string(),
    id: z.int(),
    node_id: z.string(),
    avatar_url: z.string(),
    gravatar_id: z.string().nullable(),
    url: z.string(),
    html_url: z.string(),
    followers_url: z.string(),
    following_url: z.string(),
    gists_url: z.string(),
    starred_url: z.string(),
    subscriptions_url: z.string(),
    organizations_url: z.string(),
    repos_url: z.string(),
    events_url: z.string(),
    received_events_url: z.string(),
    type: z.string(),
    site_admin: z.boolean(),
  })
  .meta({ id: 'simple-user', title: 'Simple User' });
export type SimpleUser = z.infer<typeof simpleUser>;

/** What the serialiser needs of an account. */
export type ShownAccount = Pick<Account, 'id' | 'number' | 'kind' | 'login' | 'siteAdmin'>;

const kindNames = { user: 'User', organization: 'Organization', bot: 'Bot' } as const;

/** GitHub's word for a kind of account. */
export function accountType({ kind }: Pick<Account, 'kind'>): 'User' | 'Organization' | 'Bot' {
  return kindNames[kind];
}

/** `base`: the public URL of the instance, from PublicUrl. */
export function toSimpleUser(account: ShownAccount, base: string): SimpleUser {
  const name = encodeURIComponent(account.login);
  const url = `${base}/api/v3/users/${name}`;
  return {
    login: account.login,
    id: account.number,
    node_id: nodeId(accountType(account), account.id),
    avatar_url: `${base}/avatars/u/${account.number}`,
    gravatar_id: '',
    url,
    html_url: `${base}/${name}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: accountType(account),
    site_admin: account.siteAdmin,
  };
}
