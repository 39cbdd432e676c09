import { Inject, Injectable } from '@nestjs/common';
import { metadataEvents, type Actor, type RetiredName } from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import { DomainError } from '@packhouse/kernel';
import { outboxToken, type Outbox } from '@packhouse/messaging';
import type { EntityManager } from 'typeorm';
import {
  findRetiredNameRow,
  RetiredNameRepository,
  type RetiredNameRow,
} from '../persistence/retired-name.repository';
import type { EventDraft } from './package-events';

interface Wanted {
  /** Of the package that wants the name; left out: one that is to be made. */
  readonly id?: string;
  readonly format: string;
  readonly name: string;
  readonly nameKey: string;
  readonly ownerLogin: string | null;
}

/** The retired name that stands in the way of a package; null: it may have it. */
export function findRetiredName(
  manager: EntityManager,
  { id, format, nameKey, ownerLogin }: Wanted,
): Promise<RetiredName | null> {
  if (ownerLogin === null) return Promise.resolve(null);
  return findRetiredNameRow(manager, { format, nameKey, ownerLogin, packageId: id ?? null });
}

/** @throws DomainError `forbidden` when others may not have this full name. */
export async function refuseRetiredName(manager: EntityManager, wanted: Wanted): Promise<void> {
  const found = await findRetiredName(manager, wanted);
  if (!found) return;
  throw new DomainError(
    'forbidden',
    `The name "${wanted.name}" is retired under "${wanted.ownerLogin}": many people used the package that an earlier owner of this login had. ` +
      'Choose another name, or ask a site administrator to free it.',
    { retiredNameId: found.id },
  );
}

/** Which names become nobody's (spec P-30, P-31). */
@Injectable()
export class RetiredNameRules {
  constructor(
    @InjectDatabase('metadata') private readonly database: ServiceDatabase,
    @Inject(outboxToken('metadata')) private readonly outbox: Outbox,
    private readonly names: RetiredNameRepository,
  ) {}

  /** Retires the names that an owner had under a login that it gives up at that time. Once more changes nothing. */
  async retire(
    of: { ownerId: string; login: string; newLogin?: string; at: Date },
    actor: Actor | null,
  ): Promise<void> {
    await this.database.transaction(async (manager) => {
      const retired = await this.names.retire(manager, { ...of, newLogin: of.newLogin ?? of.login });
      await this.outbox.recordAll(manager, retired.map(nameRetired), actor);
    });
  }
}

const refOf = ({ packageId, format, ownerId, name, login }: RetiredNameRow) => ({
  ...{ packageId, format, ownerId, name, login },
});

const nameRetired = (row: RetiredNameRow): EventDraft => ({
  event: metadataEvents.nameRetired,
  payload: refOf(row),
});

export const nameFreed = (row: RetiredNameRow): EventDraft => ({
  event: metadataEvents.nameFreed,
  payload: refOf(row),
});
