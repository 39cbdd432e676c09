import { request } from 'node:http';
import {
  digestOf,
  makeDocument,
  mediaTypes,
  openUpload,
  pathOf,
  sendBlob,
  type Content,
  type OciAnswer,
  type OciHttp,
} from '@packhouse/testing';

export const zeroDigest = `sha256:${'0'.repeat(64)}`;

/** Different bytes at every call, of this size. */
let count = 0;
export function freshBytes(size = 64): Buffer {
  count += 1;
  return Buffer.from(`${count} ${process.pid} ${Date.now()} `.repeat(Math.ceil(size / 16))).subarray(0, size);
}

/** Puts a small blob into a repository. */
export async function putBlob(http: OciHttp, name: string, bytes = freshBytes()): Promise<Content> {
  const answer = await sendBlob(http, name, bytes);
  if (answer.status !== 201) throw new Error(`HTTP ${answer.status} ${answer.text}`);
  return { bytes, digest: digestOf(bytes), mediaType: 'application/octet-stream' };
}

/** A manifest as a document, to be bent; `config` and `layers` are blobs that are there. */
export function manifestOf(config: Content, layers: readonly Content[], more: object = {}): Content {
  const describe = ({ mediaType, digest, bytes }: Content) => ({ mediaType, digest, size: bytes.length });
  return makeDocument(
    {
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: { ...describe(config), mediaType: mediaTypes.config },
      layers: layers.map((layer) => ({ ...describe(layer), mediaType: mediaTypes.gzipLayer })),
      ...more,
    },
    mediaTypes.manifest,
  );
}

/** Puts text as a manifest, with any media type. */
export function putText(
  http: OciHttp,
  name: string,
  reference: string,
  text: string | Buffer,
  contentType: string = mediaTypes.manifest,
): Promise<OciAnswer> {
  const headers = { 'content-type': contentType };
  return http.send('PUT', `/v2/${name}/manifests/${reference}`, { headers, body: Buffer.from(text) });
}

export const getManifest = (http: OciHttp, name: string, reference: string, accept = '*/*') =>
  http.send('GET', `/v2/${name}/manifests/${reference}`, { headers: { accept } });

export const headBlob = (http: OciHttp, name: string, digest: string) =>
  http.send('HEAD', `/v2/${name}/blobs/${digest}`);

/** Announces all the bytes, sends some of them and cuts the connection. */
export async function sendAndCut(http: OciHttp, name: string, location: string, bytes: Buffer, at: number) {
  const token = await http.getToken(`repository:${name}:pull,push`);
  const { hostname, port } = new URL(http.url);
  const headers = {
    authorization: `Bearer ${token}`,
    'content-length': bytes.length,
    'content-type': 'application/octet-stream',
  };
  await new Promise<void>((resolve) => {
    const outgoing = request({ method: 'PATCH', hostname, port, path: location, headers });
    outgoing.on('error', () => resolve()).on('response', () => resolve());
    outgoing.write(bytes.subarray(0, at), () => setTimeout(() => outgoing.destroy(new Error('cut')), 150));
  });
}

/** How far an upload is, and where it goes on. */
export async function statusOf(http: OciHttp, location: string) {
  const answer = await http.send('GET', location);
  const end = Number(/^0-(\d+)$/.exec(answer.headers.range ?? '')?.[1] ?? NaN);
  return {
    status: answer.status,
    end,
    location: answer.headers.location ? pathOf(answer.headers.location) : '',
  };
}

/** Opens an upload and sends the first bytes of it; gives where it goes on. */
export async function openWith(http: OciHttp, name: string, bytes: Buffer): Promise<string> {
  const location = await openUpload(http, name);
  const headers = { 'content-type': 'application/octet-stream' };
  const answer = await http.send('PATCH', location, { headers, body: bytes });
  if (answer.status !== 202) throw new Error(`HTTP ${answer.status} ${answer.text}`);
  return pathOf(answer.headers.location);
}

/** What a token says that its holder may do. */
export function readAccess(token: string): { type: string; name: string; actions: string[] }[] {
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
  const { access = [] } = JSON.parse(payload) as {
    access?: { type: string; name: string; actions: string[] }[];
  };
  return access;
}
