import { digestOf, type Content, type Descriptor } from './content';
import type { BuiltImage } from './images';
import { pathOf, type OciAnswer, type OciHttp } from './oci-http';

/**
 * The ways in which clients send a blob: one PUT with everything (containerd, helm), one PATCH with a length and an
 * empty PUT (podman, crane), a PATCH of an unknown length (docker), PATCHes with ranges (regclient), a single POST.
 */
export const uploadStyles = ['put', 'patch', 'stream', 'chunks', 'post'] as const;
export type UploadStyle = (typeof uploadStyles)[number];

const octets = { 'content-type': 'application/octet-stream' };

/** Opens an upload and gives where to send to. */
export async function openUpload(http: OciHttp, name: string, query = ''): Promise<string> {
  const answer = await http.send('POST', `/v2/${name}/blobs/uploads/${query}`, {
    headers: { 'content-length': 0 },
  });
  if (answer.status !== 202) throw new Error(`No upload: HTTP ${answer.status} ${answer.text}`);
  return pathOf(answer.headers.location);
}

/** The closing request's address. */
export function withDigest(location: string, digest: string): string {
  return `${location}${location.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`;
}

/** Sends a blob in one of the ways, under this digest; gives the answer that closes the upload. */
export async function sendBlob(
  http: OciHttp,
  name: string,
  bytes: Buffer,
  style: UploadStyle = 'put',
  digest = digestOf(bytes),
): Promise<OciAnswer> {
  if (style === 'post') return sendInOnePost(http, name, bytes, digest);
  if (style === 'stream') await http.prepare(name);
  let location = await openUpload(http, name);
  if (style === 'put')
    return http.send('PUT', withDigest(location, digest), { headers: octets, body: bytes });
  for (const { body, headers } of cut(bytes, style)) {
    const answer = await http.send('PATCH', location, { headers: { ...octets, ...headers }, body });
    if (answer.status !== 202) return answer;
    location = pathOf(answer.headers.location);
  }
  return http.send('PUT', withDigest(location, digest), { headers: { 'content-length': 0 } });
}

function cut(bytes: Buffer, style: UploadStyle) {
  if (style === 'patch') return [{ body: bytes, headers: {} }];
  if (style === 'stream') return [{ body: inPieces(bytes), headers: {} }];
  const size = Math.max(1, Math.ceil(bytes.length / 3));
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => {
    const body = bytes.subarray(index * size, (index + 1) * size);
    const range = `${index * size}-${index * size + body.length - 1}`;
    return { body, headers: { 'content-range': range } };
  });
}

async function* inPieces(bytes: Buffer): AsyncIterable<Buffer> {
  for (let at = 0; at < bytes.length; at += 16_384) yield bytes.subarray(at, at + 16_384);
}

/** A registry may leave the body unread and open an ordinary upload instead: then the blob is put there. */
async function sendInOnePost(http: OciHttp, name: string, bytes: Buffer, digest: string): Promise<OciAnswer> {
  const path = withDigest(`/v2/${name}/blobs/uploads/`, digest);
  const answer = await http.send('POST', path, { headers: octets, body: bytes });
  if (answer.status !== 202) return answer;
  const location = withDigest(pathOf(answer.headers.location), digest);
  return http.send('PUT', location, { headers: octets, body: bytes });
}

/** Puts a manifest under a tag or its digest. */
export function sendManifest(
  http: OciHttp,
  name: string,
  { bytes, mediaType, digest }: Content,
  reference: string = digest,
): Promise<OciAnswer> {
  return http.send('PUT', `/v2/${name}/manifests/${reference}`, {
    headers: { 'content-type': mediaType },
    body: bytes,
  });
}

/** Pushes an image and all it leads to, as clients do: blobs, children by digest, the manifest by tag or digest. */
export async function pushImage(
  http: OciHttp,
  name: string,
  image: BuiltImage,
  reference: string = image.manifest.digest,
): Promise<OciAnswer> {
  for (const child of image.children) await pushImage(http, name, child);
  for (const blob of image.blobs) {
    const known = await http.send('HEAD', `/v2/${name}/blobs/${blob.digest}`);
    if (known.status === 200) continue;
    const answer = await sendBlob(http, name, blob.bytes, 'put', blob.digest);
    if (answer.status !== 201) throw new Error(`A blob: HTTP ${answer.status} ${answer.text}`);
  }
  const answer = await sendManifest(http, name, image.manifest, reference);
  if (answer.status !== 201) throw new Error(`A manifest: HTTP ${answer.status} ${answer.text}`);
  return answer;
}

interface ManifestDocument {
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
  readonly manifests?: readonly Descriptor[];
}

const isForeign = ({ mediaType }: Descriptor) => /foreign|nondistributable/.test(mediaType);

/** Pulls an image and all it leads to, and checks every address; gives the digests. Throws where something is missing. */
export async function pullImage(http: OciHttp, name: string, reference: string): Promise<Set<string>> {
  const answer = await http.send('GET', `/v2/${name}/manifests/${reference}`, {
    headers: {
      accept: '*/*, application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json',
    },
  });
  if (answer.status !== 200) throw new Error(`${name}@${reference}: HTTP ${answer.status} ${answer.text}`);
  const digest = digestOf(answer.body);
  if (reference.includes(':') && reference !== digest) throw new Error(`${reference} holds ${digest}`);
  const digests = new Set([digest]);
  const { config, layers = [], manifests = [] } = answer.json<ManifestDocument>();
  for (const blob of [...(config ? [config] : []), ...layers]) {
    if (isForeign(blob) || digests.has(blob.digest)) continue;
    await pullBlob(http, name, blob);
    digests.add(blob.digest);
  }
  for (const child of manifests) {
    for (const found of await pullImage(http, name, child.digest)) digests.add(found);
  }
  return digests;
}

async function pullBlob(http: OciHttp, name: string, { digest, size }: Descriptor): Promise<void> {
  const answer = await http.send('GET', `/v2/${name}/blobs/${digest}`);
  if (answer.status !== 200) throw new Error(`${name}@${digest}: HTTP ${answer.status} ${answer.text}`);
  if (digestOf(answer.body) !== digest) throw new Error(`${digest} holds ${digestOf(answer.body)}`);
  if (answer.body.length !== size) throw new Error(`${digest} has ${answer.body.length} bytes, not ${size}`);
}
