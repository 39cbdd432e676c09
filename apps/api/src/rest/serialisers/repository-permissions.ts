import type { RepositoryRole } from '@packhouse/contracts';
import { z } from 'zod';

/** What GitHub calls the five roles where it speaks of permissions. */
const permissionNames = {
  read: 'pull',
  triage: 'triage',
  write: 'push',
  maintain: 'maintain',
  admin: 'admin',
} as const satisfies Record<RepositoryRole, string>;
export type RepositoryPermission = (typeof permissionNames)[RepositoryRole];

/** The words that clients send: GitHub takes those of permissions and those of roles. */
const roles: Readonly<Record<string, RepositoryRole>> = {
  pull: 'read',
  read: 'read',
  triage: 'triage',
  push: 'write',
  write: 'write',
  maintain: 'maintain',
  admin: 'admin',
};

/** A role in a request, by either of its names. */
export const permissionInput = z.enum(['pull', 'read', 'triage', 'push', 'write', 'maintain', 'admin']);

export function roleOf(permission: z.infer<typeof permissionInput>): RepositoryRole {
  return roles[permission] ?? 'read';
}

export function permissionOf(role: RepositoryRole): RepositoryPermission {
  return permissionNames[role];
}

/** What a role lets one do, as GitHub's answers list it. */
export const repositoryPermissions = z.object({
  admin: z.boolean(),
  maintain: z.boolean(),
  push: z.boolean(),
  triage: z.boolean(),
  pull: z.boolean(),
});

const strength: readonly RepositoryRole[] = ['read', 'triage', 'write', 'maintain', 'admin'];

/** Whether a role is at least another one. */
export function reaches(role: RepositoryRole | null, minimum: RepositoryRole): boolean {
  return role !== null && strength.indexOf(role) >= strength.indexOf(minimum);
}

export function permissionsOf(role: RepositoryRole | null): z.infer<typeof repositoryPermissions> {
  return {
    admin: reaches(role, 'admin'),
    maintain: reaches(role, 'maintain'),
    push: reaches(role, 'write'),
    triage: reaches(role, 'triage'),
    pull: reaches(role, 'read'),
  };
}
