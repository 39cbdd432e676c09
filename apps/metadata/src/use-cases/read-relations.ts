import { Injectable } from '@nestjs/common';
import {
  relationName,
  type metadataContract,
  type RequestOf,
  type ResponseOf,
  type VersionRelations,
} from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import { z } from 'zod';
import { RelationReadRepository } from '../persistence/relation-read.repository';
import { fitMessage, readCursor, writeCursor } from './cursors';

type Contract = typeof metadataContract;

const MAX_BYTES = 600_000;
const position = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);

/** Answers of tags, contents and relations, each as much as fits a message. */
@Injectable()
export class ReadRelations {
  constructor(private readonly relations: RelationReadRepository) {}

  async listTags({
    packageId,
    ...page
  }: RequestOf<Contract, 'listTags'>): Promise<ResponseOf<Contract, 'listTags'>> {
    const found = await this.relations.listTags(packageId, page);
    if (!found) throw new DomainError('not_found', 'There is no such package.', { packageId });
    const items = fitMessage(found.slice(0, page.limit));
    return { items, isEnd: items.length === found.length };
  }

  async findContent({
    packageId,
    digests,
  }: RequestOf<Contract, 'findContent'>): Promise<ResponseOf<Contract, 'findContent'>> {
    const found = await Promise.all(
      (['sha256', 'sha512'] as const).map(async (algorithm) => {
        const wanted = new Set(
          digests.flatMap((digest) => (digest.startsWith(`${algorithm}:`) ? [digest.slice(7)] : [])),
        );
        return wanted.size === 0 ? [] : this.relations.findContent(packageId, algorithm, [...wanted]);
      }),
    );
    return { files: found.flat() };
  }

  /** A page behind the last may be empty: whether there are more is known only when they were looked for. */
  async listAbout({
    cursor,
    limit,
    ...query
  }: RequestOf<Contract, 'listAbout'>): Promise<ResponseOf<Contract, 'listAbout'>> {
    const before = readCursor(cursor, position);
    const found = await this.relations.listAbout({ ...query, before, limit: limit + 1 });
    const shown = fitMessage(found.slice(0, limit));
    const last = shown.at(-1);
    return {
      items: shown.map(({ revision: _, ...item }) => item),
      next: last && shown.length < found.length ? writeCursor(last.revision) : null,
    };
  }

  async describe({
    packageId,
    versionIds,
    limit,
  }: RequestOf<Contract, 'describeRelations'>): Promise<ResponseOf<Contract, 'describeRelations'>> {
    let versions = await this.relations.describe(packageId, versionIds, limit);
    for (let most = limit; most > 0 && !fits(versions); most = Math.floor(most / 2))
      versions = versions.map((version) => cut(version, Math.floor(most / 2)));
    return { versions };
  }
}

function fits(versions: readonly VersionRelations[]): boolean {
  return Buffer.byteLength(JSON.stringify(versions)) <= MAX_BYTES;
}

function cut(version: VersionRelations, most: number): VersionRelations {
  const lists = relationName.options.map((name) => {
    const { total, items } = version[name];
    return [name, { total, items: items.slice(0, most) }];
  });
  return { ...version, ...(Object.fromEntries(lists) as Omit<VersionRelations, 'versionId'>) };
}
