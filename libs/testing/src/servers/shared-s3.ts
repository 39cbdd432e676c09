import { randomUUID } from 'node:crypto';
import { Client } from 'minio';
import { listMissingServers, wantsDistributed } from '../platform/modes';
import { startCephRgw } from './ceph-rgw';

/** How a run of all tests tells its files of the server that they share: starting one takes longer than most of them. */
const VARIABLE = 'PACKHOUSE_TEST_S3';

interface SharedServer {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

/** A bucket for one platform on the server of the run. */
export interface SharedBucket {
  /** Settings that point the product at it. */
  readonly env: Readonly<Record<string, string>>;
  /** Names of its objects, and of what is being uploaded to it. */
  list(): Promise<string[]>;
  /** Gives back what it takes: the server keeps everything in memory. */
  drop(): Promise<void>;
}

/**
 * Starts an S3 server for every distributed platform of the processes that this one starts from now on; resolves to
 * what ends it. Does nothing where the distributed mode is not wanted or cannot run.
 */
export async function shareS3(): Promise<() => Promise<void>> {
  if (!wantsDistributed() || listMissingServers().length > 0) return () => Promise.resolve();
  const server = await startCephRgw();
  const { endpoint, accessKey, secretKey } = server;
  process.env[VARIABLE] = JSON.stringify({ endpoint, accessKey, secretKey } satisfies SharedServer);
  return () => server.stop();
}

/** Null where nobody started a server for the run: the platform starts its own. */
export function newSharedBucket(): SharedBucket | null {
  const told = process.env[VARIABLE];
  if (!told) return null;
  const { endpoint, accessKey, secretKey } = JSON.parse(told) as SharedServer;
  const bucket = `test-${randomUUID()}`;
  return {
    env: {
      PACKHOUSE_S3_ENDPOINT: endpoint,
      PACKHOUSE_S3_ACCESS_KEY: accessKey,
      PACKHOUSE_S3_SECRET_KEY: secretKey,
      PACKHOUSE_S3_BUCKET: bucket,
    },
    list: () => listBucket(openClient({ endpoint, accessKey, secretKey }), bucket),
    drop: () => dropBucket(openClient({ endpoint, accessKey, secretKey }), bucket),
  };
}

function openClient({ endpoint, accessKey, secretKey }: SharedServer): Client {
  const { hostname, port } = new URL(endpoint);
  return new Client({ endPoint: hostname, port: Number(port), useSSL: false, accessKey, secretKey });
}

async function listObjects(client: Client, bucket: string): Promise<string[]> {
  const names: string[] = [];
  for await (const item of client.listObjectsV2(bucket, '', true) as AsyncIterable<{ name?: string }>)
    if (item.name) names.push(item.name);
  return names;
}

async function listBucket(client: Client, bucket: string): Promise<string[]> {
  const names = await listObjects(client, bucket);
  const uploads = client.listIncompleteUploads(bucket, '', true) as AsyncIterable<{ uploadId?: string }>;
  for await (const { uploadId } of uploads) names.push(`upload ${uploadId}`);
  return names.sort();
}

async function dropBucket(client: Client, bucket: string): Promise<void> {
  const names = await listObjects(client, bucket);
  if (names.length > 0) await client.removeObjects(bucket, names);
  await client.removeBucket(bucket);
}
