import { Inject, Injectable } from '@nestjs/common';
import { authEvents, factKey } from '@packhouse/contracts';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { AuthTransaction } from '../auth-transaction';
import { deleteSubjectGrant, writeSubjectGrant } from '../facts/subject-grants';
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
      await writeSubjectGrant(change.manager, 'workflows', repositoryId, { packageId, ownerId, role });
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
      const gone = await deleteSubjectGrant(change.manager, 'workflows', repositoryId, packageId);
      await change.record(authEvents.workflowGrantChanged, { packageId, repositoryId, role: null }, actor);
      change.forget(factKey.packageAccess(packageId), factKey.grants(gone.ownerId));
    });
    return {};
  }
}
