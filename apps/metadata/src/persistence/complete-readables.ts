import { Injectable } from '@nestjs/common';
import {
  authContract,
  findReadableIds,
  readableKinds,
  type AuthClient,
  type Readable,
  type ReadableIds,
} from '@packhouse/contracts';
import { InjectClient } from '@packhouse/messaging';
import { LRUCache } from 'lru-cache';

/** Ids that all kept conditions may have together: about 60 MB. */
const MAX_IDS = 1_000_000;

/**
 * Conditions with more ids than travel with a request, kept by what they are: the key names the content, so nothing here
 * can be old, and it is the caller's `readable` that says which content counts.
 */
@Injectable()
export class CompleteReadables {
  private readonly kept = new LRUCache<string, ReadableIds>({
    maxSize: MAX_IDS,
    sizeCalculation: (ids) => readableKinds.reduce((sum, kind) => sum + ids[kind].length, 1),
  });
  private readonly reading = new Map<string, Promise<{ key: string; ids: ReadableIds }>>();

  constructor(@InjectClient(authContract) private readonly auth: AuthClient) {}

  /** The same conditions with their ids; `elsewhere` then says which these are. */
  async complete(readable: Readable): Promise<Readable> {
    const { elsewhere } = readable;
    if (elsewhere === null) return readable;
    const kept = this.kept.get(elsewhere.key);
    if (kept) return { ...readable, ...kept };
    const name = JSON.stringify(elsewhere);
    const reading = this.reading.get(name) ?? this.read(name, readable);
    const { key, ids } = await reading;
    return { ...readable, ...ids, elsewhere: { ...elsewhere, key } };
  }

  private read(name: string, { elsewhere }: Readable): Promise<{ key: string; ids: ReadableIds }> {
    const reading = findReadableIds(this.auth, elsewhere!)
      .then((found) => {
        // Under the key that it has, not the one asked for: rights may have changed in between.
        this.kept.set(found.key, found.ids);
        return found;
      })
      .finally(() => this.reading.delete(name));
    this.reading.set(name, reading);
    return reading;
  }
}
