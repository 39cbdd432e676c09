import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { BlobRef } from '@packhouse/contracts';
import {
  FileReader,
  PublishFlow,
  Settings,
  type FormatDefinition,
  type KeptFile,
  type Publication,
  type VersionToPublish,
} from '@packhouse/gateway-kit';
import { DomainError, isDomainError } from '@packhouse/kernel';
import type { Descriptor } from './codec/descriptor';
import { labelsOf, MAX_CONFIG, propertiesOf, readConfig, type ImageConfig } from './codec/image-facts';
import { requiredBlobs, type Manifest } from './codec/manifest';
import { referrerDescriptor } from './codec/referrers';
import { registryError, registryErrors, type RegistryProblem } from './codec/registry-error';
import type { Digest } from './codec/reference';
import { containerSettings } from './container.settings';
import type { PushPlace } from './images';
import { PlanImage } from './plan-image';
import { REGISTRY_FORMAT } from './product';
import { StoredContent, textsOf } from './stored-content';

/** A manifest as it was sent and read. */
export interface ReceivedManifest {
  readonly bytes: Buffer;
  readonly manifest: Manifest;
  /** Under which it was pushed; null: by a tag. */
  readonly digest: Digest | null;
  readonly tags: readonly string[];
}

/** What became of it. */
export interface PushedManifest {
  readonly digest: string;
  /** A word to the person who pushed. */
  readonly notice: string | null;
}

/** Longer descriptors are made of the manifest again when they are asked for. */
const MAX_KEPT_DESCRIPTOR = 100_000;
/** Tags that only carry signatures and the like for clients of old: they do not speak for the package. */
const auxiliaryTag = /^sha(?:256|512)-[0-9a-f]{32,}|\.(?:sig|att|sbom)$/;
/**
 * Where they name the image that they are for, a SHA-512 by its first half: a tag has no room for more. That does not make
 * them referrers: only manifests say of themselves that they are.
 */
const companionTag = /^(sha256|sha512)-([0-9a-f]{64})(?:\.(?:sig|att|sbom))?$/;

/** Publishes a manifest as a version of its package: with its content, its tags and what it says of other manifests, or not at all. */
@Injectable()
export class PushManifest {
  private readonly allowMissingContained: boolean;

  constructor(
    @Inject(REGISTRY_FORMAT) private readonly format: FormatDefinition,
    private readonly flow: PublishFlow,
    private readonly plans: PlanImage,
    private readonly content: StoredContent,
    private readonly files: FileReader,
    settings: Settings,
  ) {
    this.allowMissingContained = settings.of(containerSettings).sparseIndexes;
  }

  async push(opened: PushPlace, received: ReceivedManifest, host: string): Promise<PushedManifest> {
    const { bytes, digest: wanted } = received;
    if (wanted) checkDigest(bytes, wanted);
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    const blobs = await this.resolveContent(opened, received.manifest);
    const others = await this.checkManifests(opened, received.manifest);
    const config = await this.readConfig(received.manifest, blobs);
    const labels = labelsOf(config?.labels ?? received.manifest.annotations);
    const headTag = received.tags.find((tag) => !auxiliaryTag.test(tag)) ?? null;
    const name = await this.plans.nameOf(opened);
    const publication = await this.flow.begin(this.format, opened.caller, name);
    try {
      const label = { source: labels.source, isTagged: headTag !== null, host };
      const plan = await this.plans.plan(opened, { place: publication.place, name }, label);
      const staged = await publication.stageBytes(bytes);
      const version: VersionToPublish = {
        ...{ version: digest, identity: digest, sortKey: new Date().toISOString() },
        files: [
          { name: digest, contentType: received.manifest.mediaType, staged },
          ...filesOf(digest, received.manifest, blobs),
        ],
        fragments: fragmentsOf(received.manifest, digest, bytes.length),
        properties: propertiesOf(received.manifest, config, totalSize(received.manifest, bytes.length)),
        packageProperties: packageProperties(labels),
        tags: [...received.tags],
        headTag,
        contentAddressed: true,
        ...others,
        tagDigest: wanted?.algorithm === 'sha256' ? null : (wanted?.text ?? null),
        companionTags: companionTagsOf(staged, received.tags),
        allowMissingContained: this.allowMissingContained,
        ...{
          visibility: plan.visibility ?? 'private',
          repositoryId: plan.repositoryId,
          inheritsAccess: plan.inheritsAccess,
        },
        scope: name.ofRepository ? 'repository' : 'owner',
      };
      await commit(publication, version);
      return { digest, notice: plan.notice };
    } finally {
      await publication.abandon();
    }
  }

  /** Content that may be used here, by digest. What is missing, or has another size than is said, refuses the manifest. */
  private async resolveContent(
    { facts, place }: PushPlace,
    manifest: Manifest,
  ): Promise<ReadonlyMap<string, BlobRef>> {
    const all = manifest.config ? [manifest.config, ...manifest.layers] : manifest.layers;
    const digests = [...new Set(all.map(({ digest }) => digest.text))];
    const found = await this.content.findAll(facts, place, digests);
    const missing = new Set(
      requiredBlobs(manifest).flatMap(({ digest }) => (found.has(digest.text) ? [] : [digest.text])),
    );
    refuseMissing([...missing]);
    checkSizes(all, found);
    return found;
  }

  private async readConfig(
    { config }: Manifest,
    blobs: ReadonlyMap<string, BlobRef>,
  ): Promise<ImageConfig | null> {
    const stored = config && blobs.get(config.digest.text);
    if (!stored || stored.size > MAX_CONFIG) return null;
    return readConfig(await this.files.readAll(stored.digests.sha256));
  }

  /** Manifests that this one names, as it names them. Those of an index that are there have the size that it says. */
  private async checkManifests(
    { facts }: PushPlace,
    { children, subject }: Manifest,
  ): Promise<{ contains: string[]; about: string[] }> {
    const contains = [...new Set(children.map(({ digest }) => digest.text))];
    if (facts) checkSizes(children, await this.content.findPublished(facts, contains));
    return { contains, about: subject ? [subject.digest.text] : [] };
  }
}

/** Clients make room for what the manifest says, and read no more than that. */
function checkSizes(descriptors: readonly Descriptor[], found: ReadonlyMap<string, BlobRef>): void {
  for (const { digest, size } of descriptors) {
    const stored = found.get(digest.text);
    if (stored && stored.size !== size)
      throw registryError(
        'MANIFEST_INVALID',
        `The manifest says that ${digest.text} has ${size} bytes, and it has ${stored.size}.`,
        { digest: digest.text },
      );
  }
}

function checkDigest(bytes: Buffer, { algorithm, hex, text }: Digest): void {
  const actual = createHash(algorithm).update(bytes).digest('hex');
  if (actual !== hex)
    throw registryError(
      'DIGEST_INVALID',
      `The manifest is not that of ${text}: its digest is ${algorithm}:${actual}.`,
      { digest: text },
    );
}

function refuseMissing(digests: readonly string[]): void {
  const [first, ...rest] = digests.map((digest): RegistryProblem => ({
    code: 'MANIFEST_BLOB_UNKNOWN',
    message: `The manifest refers to ${digest}, which is not in this repository: push it first.`,
    detail: { digest },
  }));
  if (first) throw registryErrors([first, ...rest.slice(0, 99)]);
}

function companionTagsOf(
  staged: Pick<BlobRef, 'digests'>,
  tags: readonly string[],
): { tag: string; version: string }[] {
  const own = textsOf(staged);
  return tags.flatMap((tag) => {
    const [, algorithm, hex] = companionTag.exec(tag) ?? [];
    const version = `${algorithm}:${hex}`;
    return hex === undefined || own.some((text) => text.startsWith(version)) ? [] : [{ tag, version }];
  });
}

async function commit(publication: Publication, version: VersionToPublish): Promise<void> {
  try {
    await publication.commit(version);
  } catch (error) {
    if (isDomainError(error, 'payload_too_large'))
      throw new DomainError(
        'invalid_request',
        'The manifest refers to more than one version can: split it.',
        {
          oci: 'MANIFEST_INVALID',
        },
      );
    if (!isDomainError(error, 'invalid_package')) throw error;
    const { missing } = error.details;
    if (Array.isArray(missing)) refuseMissing(missing.filter((digest) => typeof digest === 'string'));
    throw new DomainError('invalid_request', error.message, { oci: 'MANIFEST_INVALID' });
  }
}

/** Names of files are unique in a package: an image's content bears the image's name before its own. */
function filesOf(
  digest: string,
  { config, layers }: Manifest,
  blobs: ReadonlyMap<string, BlobRef>,
): KeptFile[] {
  const files = new Map<string, KeptFile>();
  for (const descriptor of config ? [config, ...layers] : layers) {
    const stored = blobs.get(descriptor.digest.text);
    const name = `${digest}/${descriptor.digest.text}`;
    if (stored) files.set(name, { name, contentType: descriptor.mediaType.slice(0, 255), stored });
  }
  return [...files.values()];
}

function fragmentsOf(manifest: Manifest, digest: string, size: number): Record<string, string> {
  if (!manifest.subject) return {};
  const descriptor = referrerDescriptor(manifest, digest, size);
  return descriptor.length <= MAX_KEPT_DESCRIPTOR ? { descriptor } : {};
}

/** Of everything that a pull of it fetches, each once. */
function totalSize({ config, layers }: Manifest, own: number): number {
  const sizes = new Map(
    (config ? [config, ...layers] : layers).map(({ digest, size }) => [digest.text, size]),
  );
  return [...sizes.values()].reduce((sum, size) => sum + size, own);
}

function packageProperties({
  source,
  description,
  licenses,
}: ReturnType<typeof labelsOf>): Record<string, string> {
  return {
    ...(description !== null && { description }),
    ...(licenses !== null && { license: licenses }),
    ...(source !== null && { source }),
  };
}
