import { Injectable } from '@nestjs/common';
import type { auditContract, RequestOf, ResponseOf } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import { parsePhrase } from '../entries/parse-phrase';
import type { EntryCriteria, Place } from '../persistence/entry-conditions';
import { EntryTable, type PlacedEntry } from '../persistence/entry-table';

type Request = RequestOf<typeof auditContract, 'listEntries'>;
type Response = ResponseOf<typeof auditContract, 'listEntries'>;

/** A message holds more, but not much. */
const MOST_BYTES = 600_000;

/** Pages of the log, by cursors that stay good while entries are added. */
@Injectable()
export class ListEntries {
  constructor(private readonly table: EntryTable) {}

  async run(request: Request): Promise<Response> {
    const criteria = criteriaOf(request);
    const isBackward = request.before !== null && request.after === null;
    const beyond = readCursor(isBackward ? request.before : request.after);
    const order = isBackward === (request.order === 'asc') ? 'desc' : 'asc';
    const found = await this.table.list({ criteria, order, beyond, limit: request.limit + 1 });
    const page = takeFitting(found.slice(0, request.limit));
    const hasMore = page.length < found.length;
    if (isBackward) page.reverse();
    const last = writeCursor(page.at(-1));
    const first = writeCursor(page[0]);
    return {
      items: page.map(({ entry }) => entry),
      after: isBackward || hasMore ? last : null,
      before: isBackward ? (hasMore ? first : null) : beyond ? first : null,
    };
  }
}

function criteriaOf(request: Request): EntryCriteria {
  const asked = parsePhrase(request.phrase);
  const wanted = (value: string | null) => (value === null ? [] : [{ pattern: value }]);
  return {
    ownerId: request.ownerId,
    tokenId: request.tokenId,
    requestId: request.requestId,
    actors: [...wanted(request.actor), ...asked.actors],
    actions: [...wanted(request.action), ...asked.actions],
    owners: asked.owners,
    repositories: [...wanted(request.repository), ...asked.repositories],
    packages: [...wanted(request.package), ...asked.packages],
    addresses: asked.addresses,
    words: asked.words,
    from: latest(request.from, asked.from),
    to: earliest(request.to, asked.to),
  };
}

/** Times as JSON writes them compare as text. */
function latest(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other;
  return one > other ? one : other;
}

function earliest(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other;
  return one < other ? one : other;
}

/** At least one, or nobody would ever get past it. */
function takeFitting(found: readonly PlacedEntry[]): PlacedEntry[] {
  let bytes = 0;
  const fitting = found.findIndex(
    ({ entry }) => (bytes += Buffer.byteLength(JSON.stringify(entry))) > MOST_BYTES,
  );
  return found.slice(0, fitting === -1 ? found.length : Math.max(1, fitting));
}

function writeCursor(placed: PlacedEntry | undefined): string | null {
  if (!placed) return null;
  return Buffer.from(`${placed.place.at} ${placed.place.position}`).toString('base64url');
}

function readCursor(cursor: string | null): Place | null {
  if (cursor === null) return null;
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  const [, at, position] = /^(\d{4}-\d\d-\d\dT[\d:.]+Z) (\d{1,18})$/.exec(text) ?? [];
  if (!at || !position || Number.isNaN(Date.parse(at)))
    throw new DomainError('invalid_request', 'The cursor is not one that this list gave.');
  return { at, position };
}
