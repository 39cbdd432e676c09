import type { Account, Repository, RepositoryRole } from '@packhouse/contracts';
import { z } from 'zod';
import { minimalRepository, toMinimalRepository } from './minimal-repository';
import { permissionsOf, repositoryPermissions } from './repository-permissions';
import { simpleUser, toSimpleUser } from './simple-user';

/** What GitHub tells of a repository besides its names: most of it is about code, and constant here. */
const details = {
  clone_url: z.string(),
  git_url: z.string(),
  ssh_url: z.string(),
  svn_url: z.string(),
  mirror_url: z.null(),
  homepage: z.null(),
  language: z.null(),
  license: z.null(),
  default_branch: z.string(),
  forks: z.int(),
  forks_count: z.int(),
  stargazers_count: z.int(),
  watchers: z.int(),
  watchers_count: z.int(),
  open_issues: z.int(),
  open_issues_count: z.int(),
  size: z.int(),
  has_downloads: z.boolean(),
  has_issues: z.boolean(),
  has_projects: z.boolean(),
  has_wiki: z.boolean(),
  has_pages: z.boolean(),
  has_discussions: z.boolean(),
  archived: z.boolean(),
  disabled: z.boolean(),
  is_template: z.boolean(),
  topics: z.array(z.string()),
  pushed_at: z.iso.datetime(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
  permissions: repositoryPermissions,
  role_name: z.string(),
};

/** GitHub's "repository", which lists hold. */
export const listedRepository = z
  .object({ ...minimalRepository.shape, ...details })
  .meta({ id: 'repository', title: 'Repository' });
export type ListedRepository = z.infer<typeof listedRepository>;

/** GitHub's "full repository", answered for one. */
export const fullRepository = z
  .object({
    ...minimalRepository.shape,
    ...details,
    network_count: z.int(),
    subscribers_count: z.int(),
    organization: simpleUser.nullable(),
  })
  .meta({ id: 'full-repository', title: 'Full Repository' });
export type FullRepository = z.infer<typeof fullRepository>;

/** A repository, who owns it, and the reader's role in it. */
export interface SeenRepository {
  readonly repository: Repository;
  readonly owner: Account;
  readonly role: RepositoryRole;
}

/** `base`: the public URL of the instance, here and below. */
export function toListedRepository(
  { repository, owner, role }: SeenRepository,
  base: string,
): ListedRepository {
  const shown = toMinimalRepository(repository, owner, base);
  const code = `${shown.html_url}.git`;
  return {
    ...shown,
    ...{ clone_url: code, git_url: code, ssh_url: code, svn_url: shown.html_url },
    ...{ mirror_url: null, homepage: null, language: null, license: null, default_branch: 'main' },
    ...{ forks: 0, forks_count: 0, stargazers_count: 0, watchers: 0, watchers_count: 0, size: 0 },
    ...{ open_issues: 0, open_issues_count: 0, archived: false, disabled: false, is_template: false },
    ...{ has_downloads: false, has_issues: false, has_projects: false, has_wiki: false },
    ...{ has_pages: false, has_discussions: false, topics: [] },
    pushed_at: repository.createdAt,
    created_at: repository.createdAt,
    updated_at: repository.updatedAt,
    permissions: permissionsOf(role),
    role_name: role,
  };
}

export function toFullRepository(seen: SeenRepository, base: string): FullRepository {
  const { owner } = seen;
  return {
    ...toListedRepository(seen, base),
    network_count: 0,
    subscribers_count: 0,
    organization: owner.kind === 'organization' ? toSimpleUser(owner, base) : null,
  };
}
