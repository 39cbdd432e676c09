import { Inject, Injectable } from '@nestjs/common';
import { authEvents, factKey } from '@packhouse/contracts';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { DomainError } from '@packhouse/kernel';
import { AuthTransaction } from '../auth-transaction';
import { refuseFullList } from '../facts/sharing';
import type { Answer, Ask } from '../messages';
import { AUTH_SCHEMA } from '../persistence/auth.schema';

type WorkflowGrant = Answer<'listWorkflowGrants'>['grants'][number];

/** Access of the workflows of repositories to packages ("Actions access", spec P-24). */
@Injectable()
export class WorkflowGrants {
  constructor(
    private readonly transaction: AuthTransaction,
    @Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase,
  ) {}

  async list({ packageId }: Ask<'listWorkflowGrants'>): Promise<Answer<'listWorkflowGrants'>> {
    const grants = await this.database.query<WorkflowGrant>(
      `SELECT g.package_id AS "packageId", g.repository_id AS "repositoryId", a.login AS "ownerLogin", r.name, g.role
       FROM workflow_grants g JOIN repositories r ON r.id = g.repository_id JOIN accounts a ON a.id = r.owner_id
       WHERE g.package_id = $1 ORDER BY r.name_key`,
      [packageId],
    );
    return { grants };
  }

  async set(request: Ask<'setWorkflowGrant'>): Promise<Answer<'setWorkflowGrant'>> {
    const { packageId, ownerId, repositoryId, role, actor } = request;
    await this.transaction.run(async (change) => {
      const { manager } = change;
      await refuseFullList(manager, 'workflow_grants', packageId, ['repository_id', repositoryId]);
      const written = await manager.query<unknown[]>(
        `INSERT INTO workflow_grants (package_id, owner_id, repository_id, role)
         SELECT $1, $2, id, $4 FROM repositories WHERE id = $3 AND owner_id = $2
         ON CONFLICT (package_id, repository_id) DO UPDATE SET role = excluded.role, owner_id = excluded.owner_id
         RETURNING role`,
        [packageId, ownerId, repositoryId, role],
      );
      if (written.length === 0)
        throw new DomainError('not_found', 'The owner of the package has no such repository.');
      await change.record(authEvents.workflowGrantChanged, { packageId, repositoryId, role }, actor);
      change.forget(factKey.packageAccess(packageId), factKey.grants(ownerId));
    });
    return {};
  }

  async remove({
    packageId,
    repositoryId,
    actor,
  }: Ask<'removeWorkflowGrant'>): Promise<Answer<'removeWorkflowGrant'>> {
    await this.transaction.run(async (change) => {
      const [[gone]] = await change.manager.query<[Array<{ ownerId: string }>, number]>(
        'DELETE FROM workflow_grants WHERE package_id = $1 AND repository_id = $2 RETURNING owner_id AS "ownerId"',
        [packageId, repositoryId],
      );
      if (!gone) throw new DomainError('not_found', 'This repository has no access to the package.');
      await change.record(authEvents.workflowGrantChanged, { packageId, repositoryId, role: null }, actor);
      change.forget(factKey.packageAccess(packageId), factKey.grants(gone.ownerId));
    });
    return {};
  }
}
