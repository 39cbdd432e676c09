import { Injectable } from '@nestjs/common';
import type { EventEnvelope } from '@packhouse/contracts';
import { actionOf } from '../entries/action-names';
import { KnownNames, type KnownPackage } from '../entries/known-names';
import { safeData } from '../entries/safe-data';
import { beforeOf, subjectOf } from '../entries/subject';
import { EntryTable, type NewEntry } from '../persistence/entry-table';

type Data = Readonly<Record<string, unknown>>;

const idShape = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Makes entries of events: who, what, about what, and what was so before. */
@Injectable()
export class RecordEvents {
  constructor(
    private readonly names: KnownNames,
    private readonly table: EntryTable,
  ) {}

  /** In the order of the log, as what one event says is what was so before the next about the same subject. */
  async run(events: readonly EventEnvelope[]): Promise<void> {
    const told = events.map((event) => {
      const data = safeData(event.payload);
      return { event, data, subject: subjectOf(event.type, data) };
    });
    const subjects = told.flatMap(({ subject }) => subject ?? []);
    const lastData = await this.table.findLastData(
      subjects,
      events.map(({ id }) => id),
    );
    const entries: NewEntry[] = [];
    for (const { event, data, subject } of told) {
      const entry = await this.describe(event, data, subject, (subject && lastData.get(subject)) || null);
      if (subject) lastData.set(subject, entry.data);
      entries.push(entry);
    }
    await this.table.add(entries);
  }

  private async describe(
    { id, type, occurredAt, actor }: EventEnvelope,
    data: Data,
    subject: string | null,
    last: Data | null,
  ): Promise<NewEntry> {
    this.noteLogins(data);
    return {
      id,
      at: occurredAt,
      action: actionOf(type, data, last),
      actorId: actor?.accountId ?? null,
      actor: actor?.login ?? null,
      tokenId: actor?.tokenId ?? null,
      address: actor?.address ?? null,
      requestId: actor?.requestId ?? null,
      ...(await this.describePlace(type, data)),
      subject,
      before: beforeOf(data, last),
      data: await this.withNames(data),
    };
  }

  private noteLogins(data: Data): void {
    const accountId = idIn(data, 'accountId');
    const login = textIn(data, 'login');
    if (accountId && login) this.names.noteLogin(accountId, login);
  }

  /** What the event is about, with the names of now. */
  private async describePlace(type: string, data: Data) {
    const packageId = idIn(data, 'packageId');
    const known = await this.findPackageOf(data, packageId);
    const repositoryId = idIn(data, 'repositoryId') ?? known?.repositoryId ?? null;
    const repository = repositoryId ? await this.names.findRepository(repositoryId) : null;
    const ownerId = ownerIn(data) ?? firstOf(known?.ownerId, repository?.ownerId, idIn(data, 'accountId'));
    const owner = await this.findOwner(ownerId, data);
    return {
      ownerId,
      owner,
      repositoryId,
      repository: firstOf(repository?.fullName, goneRepository(type, data, owner)),
      packageId,
      package: firstOf(known?.name),
      version: textIn(data, 'version'),
      format: firstOf(known?.format, textIn(data, 'format')),
    };
  }

  private async findOwner(ownerId: string | null, data: Data): Promise<string | null> {
    return (ownerId && (await this.names.findLogin(ownerId))) || textIn(data, 'login');
  }

  /** Events about packages tell their names, others only their ids. */
  private async findPackageOf(data: Data, packageId: string | null): Promise<KnownPackage | null> {
    const [ownerId, name, format] = [idIn(data, 'ownerId'), textIn(data, 'name'), textIn(data, 'format')];
    if (packageId && ownerId && name && format)
      return { ownerId, name, format, repositoryId: idIn(data, 'repositoryId') };
    return packageId ? this.names.findPackage(packageId) : null;
  }

  /** Whom it happened to, by name. */
  private async withNames(data: Data): Promise<Record<string, unknown>> {
    const accountId = idIn(data, 'accountId');
    if (!accountId || textIn(data, 'login')) return { ...data };
    const user = await this.names.findLogin(accountId);
    return user === null ? { ...data } : { ...data, user };
  }
}

function firstOf(...values: ReadonlyArray<string | null | undefined>): string | null {
  return values.find((value) => value !== null && value !== undefined) ?? null;
}

function ownerIn(data: Data): string | null {
  return idIn(data, 'ownerId') ?? idIn(data, 'organizationId');
}

/** A repository that is gone can be named by its event only. */
function goneRepository(type: string, data: Data, owner: string | null): string | null {
  const name = textIn(data, 'name');
  return type.startsWith('repository.') && name && owner ? `${owner}/${name}` : null;
}

function textIn(data: Data, name: string): string | null {
  const value = data[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

function idIn(data: Data, name: string): string | null {
  const value = textIn(data, name);
  return value !== null && idShape.test(value) ? value : null;
}
