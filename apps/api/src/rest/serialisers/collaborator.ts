import type { Account, RepositoryRole } from '@packhouse/contracts';
import { z } from 'zod';
import { permissionsOf, repositoryPermissions } from './repository-permissions';
import { simpleUser, toSimpleUser } from './simple-user';

/** GitHub's "collaborator". */
export const collaboratorView = z
  .object({ ...simpleUser.shape, permissions: repositoryPermissions, role_name: z.string() })
  .meta({ id: 'collaborator', title: 'Collaborator' });
export type CollaboratorView = z.infer<typeof collaboratorView>;

/** GitHub's "repository collaborator permission". */
export const collaboratorPermission = z
  .object({
    /** One of four, as before there were five roles. */
    permission: z.enum(['admin', 'write', 'read', 'none']),
    role_name: z.string(),
    user: collaboratorView,
  })
  .meta({ id: 'repository-collaborator-permission', title: 'Repository Collaborator Permission' });

/** `base`: the public URL of the instance, here and below. */
export function toCollaborator(
  account: Account,
  role: RepositoryRole | null,
  base: string,
): CollaboratorView {
  return {
    ...toSimpleUser(account, base),
    permissions: permissionsOf(role),
    role_name: role ?? 'none',
  };
}

export function toCollaboratorPermission(
  account: Account,
  role: RepositoryRole | null,
  base: string,
): z.infer<typeof collaboratorPermission> {
  const permissions = permissionsOf(role);
  const permission = permissions.admin
    ? 'admin'
    : permissions.push
      ? 'write'
      : permissions.pull
        ? 'read'
        : 'none';
  return { permission, role_name: role ?? 'none', user: toCollaborator(account, role, base) };
}
