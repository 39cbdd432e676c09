import { startS3, type S3Server } from '@packhouse/dev-servers';

export type { S3Server };

/** A real S3 server for tests; start it once per test file. Debian: ceph-mon, ceph-osd, radosgw. */
export async function startCephRgw(): Promise<S3Server> {
  const server = await startS3();
  if (server === null)
    throw new Error('No S3 server is installed: install minio, or ceph-mon, ceph-osd and radosgw.');
  return server;
}
