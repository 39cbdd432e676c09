import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeTemporaryFolder } from '../processes/temporary-folder';
import { describeContent, digestOf, type Descriptor } from './content';
import { listContents, type BuiltImage } from './images';

/** Writes images into a layout folder of the image specification, by tag; clients read it as `oci:FOLDER:TAG`. */
export function writeLayout(
  images: Readonly<Record<string, BuiltImage>>,
  folder = makeTemporaryFolder('layout'),
): string {
  mkdirSync(join(folder, 'blobs/sha256'), { recursive: true });
  const manifests: Descriptor[] = [];
  for (const [tag, image] of Object.entries(images)) {
    for (const { digest, bytes } of listContents(image))
      writeFileSync(join(folder, 'blobs', digest.replace(':', '/')), bytes);
    const annotations = { 'org.opencontainers.image.ref.name': tag };
    manifests.push(describeContent(image.manifest, { annotations }));
  }
  writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
  return folder;
}

/** Digests of what a client put into a layout folder; throws when a file's bytes are not those of its name. */
export function readLayout(folder: string): Set<string> {
  const digests = new Set<string>();
  for (const name of readdirSync(join(folder, 'blobs/sha256'))) {
    const digest = digestOf(readFileSync(join(folder, 'blobs/sha256', name)));
    if (digest !== `sha256:${name}`) throw new Error(`${name} holds ${digest}`);
    digests.add(digest);
  }
  return digests;
}
