import type { BlobsClient } from '@packhouse/contracts';
import type { StorageQuota } from '@packhouse/gateway-kit';
import { DomainError, type ErrorCode } from '@packhouse/kernel';
import type { FastifyReply } from 'fastify';
import type { Images, PushPlace } from '../images';
import type { StoredContent } from '../stored-content';
import { Mounts } from './mounts';

const sha256 = 'a'.repeat(64);

/** Mounts what another repository has, with a quota that answers so; gives the addresses that were let go of. */
async function mountWith(code: ErrorCode): Promise<string[]> {
  const dropped: string[] = [];
  const images = { openMountSource: () => Promise.resolve({ facts: null, place: 'from' }) };
  const content = { findBlob: () => Promise.resolve(null) };
  const quota = { reserveContents: () => Promise.reject(new DomainError(code)) };
  const blobs = {
    mountBlobs: () => Promise.resolve({ blobs: [{ size: 5, digests: { sha256 } }] }),
    dropHeld: (held: { sha256: string }) => Promise.resolve(dropped.push(held.sha256)),
  };
  const mounts = new Mounts(
    images as unknown as Images,
    content as unknown as StoredContent,
    quota as unknown as StorageQuota,
    blobs as unknown as BlobsClient,
  );
  const target = { facts: null, place: 'to', owner: { id: 'owner' }, name: { repositoryName: 'a/b' } };
  const query = new URLSearchParams({ mount: `sha256:${sha256}`, from: 'a/c' });
  const mounting = mounts.mount({} as FastifyReply, target as unknown as PushPlace, query);
  await expect(mounting).rejects.toMatchObject({ code });
  return dropped;
}

describe('a mount that fails at the room of the owner', () => {
  it('holds nothing where there is none', async () => {
    expect(await mountWith('quota_exceeded')).toEqual([sha256]);
  });

  it.each(['unavailable', 'deadline_exceeded'] as const)(
    'leaves what is held, which another push may have got, when nobody can say (%s)',
    async (code) => {
      expect(await mountWith(code)).toEqual([]);
    },
  );
});
