import type { BillingClient } from '@packhouse/contracts';
import { DomainError, newId, type ErrorCode } from '@packhouse/kernel';
import type { Invalidations } from '@packhouse/messaging';
import { silentLogger } from '@packhouse/observability';
import { StorageQuota } from './storage-quota';

const MIB = 1024 * 1024;
const ownerId = newId();
const content = (name: string, size = 10) => ({ size, digests: { sha256: name.padEnd(64, '0') } });

/** The billing service with one owner, who may have a limit. It notes what it is asked. */
class Billing implements Invalidations {
  readonly asked: string[] = [];
  limit: number | null = null;
  reserved = new Map<string, number>();
  failure: ErrorCode | null = null;
  private forget: (keys: readonly string[]) => void = () => undefined;
  readonly quota: StorageQuota;

  constructor(
    limit: number | null = null,
    readonly maxAgeMs = Infinity,
  ) {
    this.limit = limit;
    const client = {
      findStorageLimit: () => this.answer('limit', () => ({ bytes: this.limit })),
      reserveStorage: (request: { key: string; bytes: number; endIfRefused: boolean }) =>
        this.answer(`reserve ${request.bytes}`, () => this.reserve(request)),
      reserveContents: ({
        key,
        contents,
      }: {
        key: string | null;
        contents: { sha256: string; size: number }[];
      }) => this.answer(`contents ${key} ${contents.map(({ size }) => size).join()}`, () => ({})),
      releaseStorage: ({ key }: { key: string }) =>
        this.answer(`release ${key}`, () => this.reserved.delete(key)),
    };
    this.quota = new StorageQuota(client as unknown as BillingClient, this, silentLogger);
  }

  announce(keys: readonly string[]): Promise<void> {
    this.forget(keys);
    return Promise.resolve();
  }

  subscribe(listener: (keys: readonly string[]) => void): () => void {
    this.forget = listener;
    return () => undefined;
  }

  private async answer<T>(question: string, give: () => T): Promise<T> {
    this.asked.push(question);
    if (this.failure) throw new DomainError(this.failure);
    return give();
  }

  private reserve({
    key,
    bytes,
    endIfRefused,
  }: {
    key: string;
    bytes: number;
    endIfRefused: boolean;
  }): object {
    const own = this.reserved.get(key) ?? 0;
    const reserved = [...this.reserved.values()].reduce((sum, each) => sum + each, 0);
    const limit = this.limit ?? Infinity;
    if (bytes > own && reserved - own + bytes > limit) {
      if (endIfRefused) this.reserved.delete(key);
      throw new DomainError('quota_exceeded', undefined, { limit, used: 0, reserved });
    }
    this.reserved.set(key, Math.max(own, bytes));
    return {};
  }
}

describe('an owner without a limit', () => {
  it('costs one question, whatever is uploaded, and nothing has to be waited for', async () => {
    const { quota, asked } = new Billing();
    await quota.isLimited(ownerId);
    for (let index = 0; index < 3; index += 1) {
      const upload = quota.ofUpload(ownerId, `upload-${index}`);
      await upload.expect(5);
      expect(upload.grow(10 * MIB)).toBeUndefined();
      await upload.settle([content('a')]);
      await upload.release();
    }
    expect(asked).toEqual(['limit']);
  });

  it('has one from the moment that it is set, in the middle of an upload too', async () => {
    const billing = new Billing();
    const upload = billing.quota.ofUpload(ownerId, 'upload');
    await upload.grow(5 * MIB);
    billing.limit = 4 * MIB;
    expect(upload.grow(6 * MIB)).toBeUndefined();
    await billing.announce([`storage-limit:${ownerId}`]);
    await expect(upload.grow(7 * MIB)).rejects.toMatchObject({ code: 'quota_exceeded' });
  });

  it.each(['unavailable', 'deadline_exceeded'] as const)(
    'goes on with an upload while nobody can say more (%s), and hears of a limit afterwards',
    async (failure) => {
      jest.useFakeTimers({ now: 0 });
      try {
        const billing = new Billing(null, 0);
        const upload = billing.quota.ofUpload(ownerId, 'upload');
        await upload.grow(MIB);
        billing.failure = failure;
        await upload.grow(2 * MIB);
        // Nor does it wait each time for an answer that does not come.
        expect(upload.grow(3 * MIB)).toBeUndefined();
        expect(billing.asked).toEqual(['limit', 'limit']);
        await upload.release();
        billing.failure = null;
        billing.limit = 4 * MIB;
        await jest.advanceTimersByTimeAsync(1001);
        expect(upload.grow(4 * MIB)).toBeUndefined();
        await jest.advanceTimersByTimeAsync(0);
        await expect(upload.grow(5 * MIB)).rejects.toMatchObject({ code: 'quota_exceeded' });
      } finally {
        jest.useRealTimers();
      }
    },
  );

  it('is not guessed: before the first answer, and after any other failure, the upload fails', async () => {
    const billing = new Billing(null, 0);
    const upload = billing.quota.ofUpload(ownerId, 'upload');
    billing.failure = 'unavailable';
    await expect(upload.grow(1)).rejects.toMatchObject({ code: 'unavailable' });
    billing.failure = null;
    await upload.grow(1);
    billing.failure = 'internal';
    await expect(upload.grow(2)).rejects.toMatchObject({ code: 'internal' });
  });
});

describe('an upload of an owner with a limit', () => {
  it('of a known length is reserved whole before it is read, and asks for nothing while it comes', async () => {
    const billing = new Billing(10 * MIB);
    const upload = billing.quota.ofUpload(ownerId, 'upload');
    await upload.expect(10 * MIB);
    for (let size = MIB; size <= 10 * MIB; size += MIB) expect(upload.grow(size)).toBeUndefined();
    expect(billing.asked).toEqual(['limit', `reserve ${10 * MIB}`]);
    await expect(billing.quota.ofUpload(ownerId, 'other').expect(10 * MIB + 1)).rejects.toMatchObject({
      code: 'quota_exceeded',
    });
  });

  it('of an unknown length is reserved as far ahead as it has come, 16 MiB at most', async () => {
    const billing = new Billing(1000 * MIB);
    const upload = billing.quota.ofUpload(ownerId, 'upload');
    for (let size = 64 * 1024; size <= 100 * MIB; size += 64 * 1024) {
      await upload.grow(size);
      const reserved = billing.reserved.get('upload') ?? 0;
      expect(reserved).toBeGreaterThanOrEqual(size);
      expect(reserved - size).toBeLessThanOrEqual(Math.min(16 * MIB, Math.max(256 * 1024, size)));
    }
    // Twice as far each time up to 32 MiB, and a step for each 16 MiB after that.
    expect(billing.asked.length).toBeLessThan(20);
  });

  it.each([0, 1, 1000, 256 * 1024, 3 * MIB + 17])(
    'fits to the last of %s bytes, and not one byte more',
    async (limit) => {
      const billing = new Billing(limit);
      const upload = billing.quota.ofUpload(ownerId, 'upload');
      for (let size = 0; size < limit; size += 65_536) await upload.grow(Math.min(size + 65_536, limit));
      await upload.grow(limit);
      await expect(upload.grow(limit + 1)).rejects.toMatchObject({ code: 'quota_exceeded' });
      expect(billing.asked.length).toBeLessThan(60);
    },
  );

  it('asks once more where less is left than it would like, and once for what it cannot have', async () => {
    const billing = new Billing(60 * MIB);
    await billing.quota.ofUpload(ownerId, 'other').expect(10 * MIB);
    const upload = billing.quota.ofUpload(ownerId, 'upload');
    await upload.expect(40 * MIB);
    billing.asked.length = 0;
    await upload.grow(41 * MIB);
    expect(billing.asked).toEqual([`reserve ${57 * MIB}`, `reserve ${50 * MIB}`]);
    for (let size = 42; size <= 50; size += 1) expect(upload.grow(size * MIB)).toBeUndefined();
    await expect(upload.grow(50 * MIB + 1)).rejects.toMatchObject({ code: 'quota_exceeded' });
    expect(billing.asked).toHaveLength(4);
  });

  it('gives its room to the others with the refusal: of many that grow at once, not all are refused', async () => {
    const billing = new Billing(10 * MIB);
    const uploads = Array.from({ length: 20 }, (_, index) =>
      billing.quota.ofUpload(ownerId, `upload-${index}`),
    );
    let growing = uploads;
    for (let size = 65_536; size <= 3 * MIB; size += 65_536) {
      const answers = await Promise.allSettled(growing.map(async (upload) => upload.grow(size)));
      growing = growing.filter((_, index) => answers[index]?.status === 'fulfilled');
    }
    expect(growing.length).toBeGreaterThanOrEqual(1);
    expect(growing.length).toBeLessThanOrEqual(3);
  });

  it('that stops for now keeps room for what is durable only', async () => {
    const billing = new Billing(10 * MIB);
    const upload = billing.quota.ofUpload(ownerId, 'upload');
    await upload.expect(9 * MIB);
    await upload.shrink(2 * MIB);
    await billing.quota.ofUpload(ownerId, 'other').expect(8 * MIB);
    expect([...billing.reserved]).toEqual([
      ['upload', 2 * MIB],
      ['other', 8 * MIB],
    ]);
    billing.asked.length = 0;
    await upload.shrink(2 * MIB);
    expect(billing.asked).toEqual([]);
    await upload.shrink(0);
    expect(billing.reserved.has('upload')).toBe(false);
  });

  it('that stops after its contents were counted keeps their room', async () => {
    const billing = new Billing(10 * MIB);
    const upload = billing.quota.ofUpload(ownerId, 'upload');
    await upload.expect(9 * MIB);
    await upload.settle([content('a', 9 * MIB)]);
    billing.asked.length = 0;
    await upload.shrink(0);
    expect(billing.asked).toEqual([]);
  });

  it('that stops for now does not fail because of its room', async () => {
    const billing = new Billing(10 * MIB);
    const upload = billing.quota.ofUpload(ownerId, 'upload');
    await upload.expect(9 * MIB);
    billing.failure = 'unavailable';
    await upload.shrink(2 * MIB);
  });

  it('is refused for want of room only: other failures are told as they are', async () => {
    const billing = new Billing(1);
    await billing.quota.isLimited(ownerId);
    billing.failure = 'unavailable';
    const upload = billing.quota.ofUpload(ownerId, 'upload');
    await expect(upload.grow(1)).rejects.toMatchObject({ code: 'unavailable' });
    expect(billing.asked.filter((question) => question.startsWith('reserve'))).toHaveLength(1);
  });

  it('is reserved again from time to time, so that it does not expire while it comes slowly', async () => {
    jest.useFakeTimers({ now: 0 });
    try {
      const billing = new Billing(10 * MIB);
      const upload = billing.quota.ofUpload(ownerId, 'upload');
      await upload.expect(9 * MIB);
      expect(upload.grow(1)).toBeUndefined();
      jest.setSystemTime(11 * 60_000);
      await upload.grow(2);
      expect(upload.grow(3)).toBeUndefined();
      expect(billing.asked).toEqual(['limit', `reserve ${9 * MIB}`, `reserve ${9 * MIB}`]);
    } finally {
      jest.useRealTimers();
    }
  });

  it('ends as the contents that it brought, or gives back what it took', async () => {
    const billing = new Billing(10 * MIB);
    const upload = billing.quota.ofUpload(ownerId, 'one');
    await upload.settle([content('a', 7), content('b', 8)]);
    await upload.release();
    await billing.quota.reserveContents(ownerId, null, [content('a', 7)]);
    expect(billing.asked).toEqual(['limit', 'contents one 7,8', 'release one', 'contents null 7']);
  });

  it('does not fail because what it took cannot be given back', async () => {
    const billing = new Billing(10 * MIB);
    await billing.quota.isLimited(ownerId);
    billing.failure = 'unavailable';
    await billing.quota.release(ownerId, 'upload');
    expect(billing.asked).toEqual(['limit', 'release upload']);
  });
});
