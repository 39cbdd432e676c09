type Data = Readonly<Record<string, unknown>>;
type Naming = string | ((data: Data, before: Data | null) => string);

/** The words for a role that is given, changed or (null) taken. */
function byRole(given: string, changed: string, taken: string): Naming {
  return ({ role }, before) =>
    role === null ? taken : before && before.role !== null && before.role !== undefined ? changed : given;
}

/** GitHub's words for accounts differ by kind. */
function byKind(verb: string): Naming {
  return ({ kind }) => `${kind === 'organization' ? 'org' : 'user'}.${verb}`;
}

/** Events whose action has a name of GitHub's, or a better one than their type makes. */
const names: Readonly<Record<string, Naming>> = {
  'package.created': 'packages.package_published',
  'package.removed': 'packages.package_deleted',
  'package.deleted': 'packages.package_deleted',
  'package.restored': 'packages.package_restored',
  'package.purged': 'packages.package_purged',
  'package.version-published': 'packages.package_version_published',
  'package.version-removed': 'packages.package_version_deleted',
  'package.version-deleted': 'packages.package_version_deleted',
  'package.version-restored': 'packages.package_version_restored',
  'package.version-purged': 'packages.package_version_purged',
  'package.version-freed': 'packages.package_version_freed',
  'package.changed': 'packages.package_updated',
  'package.visibility-changed': 'packages.visibility_changed',
  'package.repository-linked': ({ repositoryId }) =>
    repositoryId === null ? 'packages.repository_unlinked' : 'packages.repository_linked',
  'package.name-retired': 'packages.name_retired',
  'package.name-freed': 'packages.name_freed',
  'grant.changed': byRole('packages.access_granted', 'packages.access_changed', 'packages.access_removed'),
  'team-grant.changed': byRole(
    'packages.team_access_granted',
    'packages.team_access_changed',
    'packages.team_access_removed',
  ),
  'workflow-grant.changed': byRole(
    'packages.actions_access_granted',
    'packages.actions_access_changed',
    'packages.actions_access_removed',
  ),
  'grants.replaced': 'packages.access_replaced',
  'account.created': byKind('create'),
  'account.deleted': byKind('delete'),
  'account.renamed': byKind('rename'),
  'account.updated': 'account.update',
  'account.suspended': 'user.suspend',
  'account.unsuspended': 'user.unsuspend',
  'membership.changed': byRole('org.add_member', 'org.update_member', 'org.remove_member'),
  'repository.created': 'repo.create',
  'repository.renamed': 'repo.rename',
  'repository.changed': ({ visibility, oldVisibility }) =>
    oldVisibility !== undefined && visibility !== oldVisibility ? 'repo.access' : 'repo.update',
  'repository.transferred': 'repo.transfer',
  'repository.deleted': 'repo.destroy',
  'collaborator.changed': byRole('repo.add_member', 'repo.update_member', 'repo.remove_member'),
  'team.created': 'team.create',
  'team.changed': ({ slug, oldSlug }) =>
    oldSlug !== undefined && slug !== oldSlug ? 'team.rename' : 'team.update',
  'team.deleted': 'team.destroy',
  'team.member-changed': byRole('team.add_member', 'team.update_member', 'team.remove_member'),
  'team.repository-changed': byRole(
    'team.add_repository',
    'team.update_repository_permission',
    'team.remove_repository',
  ),
  'policy.organization-changed': 'org.update_package_policy',
  'policy.format-changed': 'business.update_format_policy',
  'enterprise.created': 'business.create',
  'enterprise.deleted': 'business.delete',
  'enterprise.organization-added': 'business.add_organization',
  'enterprise.organization-removed': 'business.remove_organization',
  'token.created': 'personal_access_token.create',
  'token.revoked': 'personal_access_token.destroy',
  'session.started': 'user.login',
  'session.ended': 'user.logout',
};

/** The actions of reads, which are no events. */
export const readActions = {
  download: 'packages.package_version_downloaded',
  read: 'packages.package_read',
} as const;

/**
 * The action of an event. Types that are not in the table make their own: `thing.part-changed` is `thing.part_changed`.
 * `before`: what the log knows of the time before.
 */
export function actionOf(type: string, data: Data, before: Data | null): string {
  const naming = Object.hasOwn(names, type) ? names[type] : undefined;
  if (naming === undefined) return type.replaceAll('-', '_');
  return typeof naming === 'string' ? naming : naming(data, before);
}
