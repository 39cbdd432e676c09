type Data = Readonly<Record<string, unknown>>;

/** Events that set something, and the ids that say of what. */
const settings: Readonly<Record<string, { readonly of: string; readonly by: readonly string[] }>> = {
  'package.created': { of: 'package', by: ['packageId'] },
  'package.visibility-changed': { of: 'package', by: ['packageId'] },
  'package.repository-linked': { of: 'link', by: ['packageId'] },
  'package.access-mode-changed': { of: 'access-mode', by: ['packageId'] },
  'grant.changed': { of: 'grant', by: ['packageId', 'accountId'] },
  'team-grant.changed': { of: 'team-grant', by: ['packageId', 'teamId'] },
  'workflow-grant.changed': { of: 'workflow-grant', by: ['packageId', 'repositoryId'] },
  'membership.changed': { of: 'membership', by: ['organizationId', 'accountId'] },
  'collaborator.changed': { of: 'collaborator', by: ['repositoryId', 'accountId'] },
  'team.member-changed': { of: 'team-member', by: ['teamId', 'accountId'] },
  'team.repository-changed': { of: 'team-repository', by: ['teamId', 'repositoryId'] },
  'policy.organization-changed': { of: 'policy', by: ['organizationId'] },
  'policy.format-changed': { of: 'format-policy', by: ['format'] },
};

/** Members of an event that say what something is, not what about it changed. */
const changing = ['visibility', 'role', 'repositoryId', 'inheritsAccess', 'policy', 'state'] as const;

/** What an event sets, so that the next such entry can tell what was so before; null: nothing of that kind. */
export function subjectOf(type: string, data: Data): string | null {
  const setting = Object.hasOwn(settings, type) ? settings[type] : undefined;
  if (!setting) return null;
  const parts = setting.by.map((name) => data[name]);
  return parts.every((part) => typeof part === 'string') ? [setting.of, ...parts].join(':') : null;
}

/** What was so before: by the members `old…` of the event itself, and by what the log knows of the subject. */
export function beforeOf(data: Data, last: Data | null): Record<string, unknown> | null {
  const before: Record<string, unknown> = {};
  for (const name of changing)
    if (last && Object.hasOwn(last, name) && Object.hasOwn(data, name)) before[name] = last[name];
  for (const [name, value] of Object.entries(data))
    if (/^old[A-Z]/.test(name)) before[name.charAt(3).toLowerCase() + name.slice(4)] = value;
  return Object.keys(before).length > 0 ? before : null;
}
