import type { Team } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import type { EntityManager } from 'typeorm';
import { readLine } from '../plain-text';
import { lockMembers } from './memberships';

/** A team as the database answers it. */
export type TeamRow = Omit<Team, 'createdAt' | 'updatedAt'> & { createdAt: Date; updatedAt: Date };

/** Of the table `teams` as `t`. */
export const teamColumns = `
  t.id, t.number, t.organization_id AS "organizationId", t.parent_id AS "parentId", t.name, t.slug, t.description,
  t.privacy, t.created_at AS "createdAt", t.updated_at AS "updatedAt",
  (SELECT count(*) FROM team_members counted WHERE counted.team_id = t.id) AS "memberCount",
  (SELECT count(*) FROM repository_teams counted WHERE counted.team_id = t.id) AS "repositoryCount"`;

export function toTeam<R extends TeamRow>(
  row: R,
): Omit<R, 'createdAt' | 'updatedAt'> & { createdAt: string; updatedAt: string } {
  return { ...row, createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString() };
}

/** What `viewer` (a parameter, NULL for somebody who sees all) sees: visible teams, and secret ones that it is in. */
export function seenBy(viewer: string): string {
  return `(${viewer}::uuid IS NULL OR t.privacy = 'closed' OR EXISTS (
    SELECT FROM team_members seen WHERE seen.team_id = t.id AND seen.account_id = ${viewer}))`;
}

/** How deep teams may nest: every decision about a member walks up from its teams. */
const maxDepth = 20;

/** A team and its organization, locked: one change of an organization's teams and members at a time. */
export async function getLockedTeam(manager: EntityManager, teamId: string): Promise<TeamRow> {
  const before = await findTeamRow(manager, teamId);
  if (!before) throw noSuchTeam();
  await lockMembers(manager, before.organizationId);
  const row = await findTeamRow(manager, teamId);
  if (!row) throw noSuchTeam();
  return row;
}

export async function findTeamRow(manager: EntityManager, teamId: string): Promise<TeamRow | null> {
  const [row] = await manager.query<TeamRow[]>(`SELECT ${teamColumns} FROM teams t WHERE t.id = $1`, [
    teamId,
  ]);
  return row ?? null;
}

export function noSuchTeam(): DomainError {
  return new DomainError('not_found', 'There is no such team.');
}

/** The team's name on one line, and the slug by which addresses name it. */
export function readTeamName(text: string): { name: string; slug: string } {
  const name = readLine(text, 'name of the team', 255);
  const slug = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 100);
  if (slug === '')
    throw new DomainError('invalid_request', 'A team needs a name with at least one letter or digit in it.');
  return { name, slug };
}

/** Call with the members locked. @throws DomainError `name_taken`. */
export async function refuseTakenSlug(
  manager: EntityManager,
  { organizationId, slug, teamId = null }: { organizationId: string; slug: string; teamId?: string | null },
): Promise<void> {
  const taken = await manager.query<unknown[]>(
    'SELECT 1 FROM teams WHERE organization_id = $1 AND slug = $2 AND ($3::uuid IS NULL OR id <> $3)',
    [organizationId, slug, teamId],
  );
  if (taken.length > 0)
    throw new DomainError(
      'name_taken',
      `The organization already has a team "${slug}": choose another name.`,
    );
}

/**
 * Checks that a team may hang below `parentId`. Call with the members locked: two who hang two teams below each other at
 * the same moment must not both succeed.
 * @throws DomainError `invalid_request`.
 */
export async function checkParent(
  manager: EntityManager,
  child: { id: string | null; organizationId: string; privacy: Team['privacy'] },
  parentId: string,
): Promise<void> {
  const parent = await findTeamRow(manager, parentId);
  if (parent?.organizationId !== child.organizationId)
    throw new DomainError('invalid_request', 'The parent team is not a team of this organization.');
  if (parent.privacy === 'secret' || child.privacy === 'secret')
    throw new DomainError('invalid_request', 'Secret teams do not nest: make both teams visible first.');
  const above = await listAncestors(manager, parentId);
  if (child.id !== null && above.includes(child.id))
    throw new DomainError('invalid_request', 'A team cannot be below itself: choose another parent.');
  const height = child.id === null ? 1 : await measureHeight(manager, child.id);
  if (above.length + height > maxDepth)
    throw new DomainError('invalid_request', `Teams nest at most ${maxDepth} deep: choose a higher parent.`);
}

/** The team itself and all teams above it. */
async function listAncestors(manager: EntityManager, teamId: string): Promise<string[]> {
  const rows = await manager.query<Array<{ id: string }>>(
    `WITH RECURSIVE above AS (
       SELECT id, parent_id FROM teams WHERE id = $1
       UNION SELECT t.id, t.parent_id FROM above JOIN teams t ON t.id = above.parent_id)
     SELECT id FROM above`,
    [teamId],
  );
  return rows.map(({ id }) => id);
}

async function measureHeight(manager: EntityManager, teamId: string): Promise<number> {
  const [row] = await manager.query<Array<{ height: number }>>(
    `WITH RECURSIVE below AS (
       SELECT id, 1 AS height FROM teams WHERE id = $1
       UNION SELECT t.id, below.height + 1 FROM below JOIN teams t ON t.parent_id = below.id)
     SELECT max(height) AS height FROM below`,
    [teamId],
  );
  return row?.height ?? 1;
}
