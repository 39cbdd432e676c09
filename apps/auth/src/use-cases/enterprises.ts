import { Inject, Injectable } from '@nestjs/common';
import { authEvents, type Enterprise } from '@packhouse/contracts';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { DomainError, findLoginFault, loginKey, newId, type Clock } from '@packhouse/kernel';
import { AuthTransaction } from '../auth-transaction';
import { InjectClock } from '../clock';
import { forgetEnterprise } from '../facts/enterprises';
import type { Answer, Ask } from '../messages';
import { readSlice } from '../paging';
import { AUTH_SCHEMA } from '../persistence/auth.schema';
import { readLine } from '../plain-text';

type EnterpriseRow = Omit<Enterprise, 'createdAt'> & { createdAt: Date };

const columns = 'e.id, e.slug, e.name, e.created_at AS "createdAt"';

function toEnterprise(row: EnterpriseRow): Enterprise {
  return { ...row, createdAt: row.createdAt.toISOString() };
}

/** Enterprises: groups of organizations that share their internal packages. */
@Injectable()
export class Enterprises {
  constructor(
    @Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase,
    private readonly transaction: AuthTransaction,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async create({ slug, name: text, actor }: Ask<'createEnterprise'>): Promise<Answer<'createEnterprise'>> {
    const fault = findLoginFault(slug);
    if (fault) throw new DomainError('invalid_request', `${fault}.`);
    const name = readLine(text, 'name of the enterprise', 200) || slug;
    const now = this.clock.now();
    const row: EnterpriseRow = { id: newId(now.getTime()), slug, name, createdAt: now };
    await this.transaction.run(async (change) => {
      const written = await change.manager.query<unknown[]>(
        `INSERT INTO enterprises (id, slug, slug_key, name, created_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (slug_key) DO NOTHING RETURNING id`,
        [row.id, slug, loginKey(slug), name, now],
      );
      if (written.length === 0)
        throw new DomainError('name_taken', `There is an enterprise "${slug}" already: choose another slug.`);
      await change.record(authEvents.enterpriseCreated, { enterpriseId: row.id, slug }, actor);
    });
    return { enterprise: toEnterprise(row) };
  }

  async find({ slug }: Ask<'findEnterprise'>): Promise<Answer<'findEnterprise'>> {
    if (findLoginFault(slug) !== null) return { enterprise: null };
    const [row] = await this.database.query<EnterpriseRow>(
      `SELECT ${columns} FROM enterprises e WHERE e.slug_key = $1`,
      [loginKey(slug)],
    );
    return { enterprise: row ? toEnterprise(row) : null };
  }

  async list(slice: Ask<'listEnterprises'>): Promise<Answer<'listEnterprises'>> {
    const list = { columns, from: 'FROM enterprises e', order: 'e.slug_key', values: [] };
    const { rows, total } = await readSlice<EnterpriseRow>(this.database, list, slice);
    return { items: rows.map(toEnterprise), total };
  }

  async delete({ enterpriseId, actor }: Ask<'deleteEnterprise'>): Promise<Answer<'deleteEnterprise'>> {
    await this.transaction.run(async (change) => {
      await forgetEnterprise(change, enterpriseId);
      const [gone] = await change.manager.query<Array<{ slug: string }>>(
        'WITH gone AS (DELETE FROM enterprises WHERE id = $1 RETURNING slug) SELECT slug FROM gone',
        [enterpriseId],
      );
      if (!gone) throw new DomainError('not_found', 'There is no such enterprise.');
      await change.record(authEvents.enterpriseDeleted, { enterpriseId, slug: gone.slug }, actor);
    });
    return {};
  }
}
