import type { Visibility } from '@packhouse/contracts';
import { z } from 'zod';
import { nodeId } from '../node-id';
import { simpleUser, toSimpleUser, type ShownAccount } from './simple-user';

/** The family of URLs of a repository, as templates below its own. */
const urlTemplates = {
  forks_url: '/forks',
  keys_url: '/keys{/key_id}',
  collaborators_url: '/collaborators{/collaborator}',
  teams_url: '/teams',
  hooks_url: '/hooks',
  issue_events_url: '/issues/events{/number}',
  events_url: '/events',
  assignees_url: '/assignees{/user}',
  branches_url: '/branches{/branch}',
  tags_url: '/tags',
  blobs_url: '/git/blobs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  git_refs_url: '/git/refs{/sha}',
  trees_url: '/git/trees{/sha}',
  statuses_url: '/statuses/{sha}',
  languages_url: '/languages',
  stargazers_url: '/stargazers',
  contributors_url: '/contributors',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  commits_url: '/commits{/sha}',
  git_commits_url: '/git/commits{/sha}',
  comments_url: '/comments{/number}',
  issue_comment_url: '/issues/comments{/number}',
  contents_url: '/contents/{+path}',
  compare_url: '/compare/{base}...{head}',
  merges_url: '/merges',
  archive_url: '/{archive_format}{/ref}',
  downloads_url: '/downloads',
  issues_url: '/issues{/number}',
  pulls_url: '/pulls{/number}',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  labels_url: '/labels{/name}',
  releases_url: '/releases{/id}',
  deployments_url: '/deployments',
} as const;
type UrlName = keyof typeof urlTemplates;

const urlNames = Object.keys(urlTemplates) as UrlName[];
const urlFields = Object.fromEntries(urlNames.map((name) => [name, z.string()])) as Record<
  UrlName,
  z.ZodString
>;

/** A repository as GitHub's answers mention it (spec M-29). */
export const minimalRepository = z
  .object({
    id: z.int(),
    node_id: z.string(),
    name: z.string(),
    full_name: z.string(),
    private: z.boolean(),
    owner: simpleUser,
    html_url: z.string(),
    description: z.string().nullable(),
    fork: z.boolean(),
    url: z.string(),
    visibility: z.enum(['public', 'private', 'internal']),
    ...urlFields,
  })
  .meta({ id: 'minimal-repository', title: 'Minimal Repository' });
export type MinimalRepository = z.infer<typeof minimalRepository>;

/** What the serialiser needs of a repository. */
export interface ShownRepository {
  readonly id: string;
  readonly number: number;
  readonly name: string;
  readonly description: string | null;
  readonly visibility: Visibility;
}

/** `base`: the public URL of the instance, from PublicUrl. */
export function toMinimalRepository(
  repository: ShownRepository,
  owner: ShownAccount,
  base: string,
): MinimalRepository {
  const path = `${encodeURIComponent(owner.login)}/${encodeURIComponent(repository.name)}`;
  const url = `${base}/api/v3/repos/${path}`;
  const urls = {} as Record<UrlName, string>;
  for (const name of urlNames) urls[name] = url + urlTemplates[name];
  return {
    id: repository.number,
    node_id: nodeId('Repository', repository.id),
    name: repository.name,
    full_name: `${owner.login}/${repository.name}`,
    private: repository.visibility !== 'public',
    owner: toSimpleUser(owner, base),
    html_url: `${base}/${path}`,
    description: repository.description,
    fork: false,
    url,
    visibility: repository.visibility,
    ...urls,
  };
}
