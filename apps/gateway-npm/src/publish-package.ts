import { Injectable } from '@nestjs/common';
import { authContract, type AuthClient } from '@packhouse/contracts';
import {
  InjectClient,
  PublishFlow,
  Settings,
  type SignedInCaller,
  type VersionToPublish,
} from '@packhouse/gateway-kit';
import { decodedBody, keepOpen } from '@packhouse/http';
import { DomainError, formatBytes, KB } from '@packhouse/kernel';
import type { FastifyRequest } from 'fastify';
import { readDependencies } from './codec/dependencies';
import { checkPublishableName, type PackageName } from './codec/package-name';
import { PublishDocumentReader, type PublishDocument } from './codec/publish-document';
import { readPublish, type PublishedVersion } from './codec/read-publish';
import { defaultTarballLimits, type TarballLimits } from './codec/tarball-scanner';
import { IncomingPackage, type ReceivedTarball } from './incoming-package';
import { NpmCallers } from './npm-callers';
import { npmFormat } from './npm.format';
import { npmSettings } from './npm.settings';
import { SigningKeys } from './signing-keys';
import { MAX_DOCUMENT } from './limits';

/** A bundle is served again from the version's record, which has to fit a message. */
const MAX_BUNDLE = 300 * KB;

type NewPackagePlan = Awaited<ReturnType<AuthClient['planNewPackage']>>;

/** A version with a word to its publisher. */
type CheckedVersion = VersionToPublish & { readonly notice: string | null };

/** A document with its tarball, checked and ready to be committed or staged. */
export interface CheckedPublication {
  readonly kind: 'publication';
  readonly tarball: ReceivedTarball;
  readonly version: CheckedVersion;
}

/** A document without a tarball: some other change. */
export interface PlainDocument {
  readonly kind: 'document';
  readonly document: PublishDocument['document'];
}

/** Reads the body of a publish as a stream and checks it; what was received is dropped when `use` is done or fails. */
@Injectable()
export class PublishPackage {
  private readonly maxTarball: number;
  private readonly limits: TarballLimits;

  constructor(
    private readonly flow: PublishFlow,
    private readonly callers: NpmCallers,
    private readonly signingKeys: SigningKeys,
    @InjectClient(authContract) private readonly auth: AuthClient,
    settings: Settings,
  ) {
    const { maxTarball, maxFiles, maxUnpacked } = settings.of(npmSettings);
    this.maxTarball = maxTarball;
    this.limits = { ...defaultTarballLimits, maxEntries: maxFiles, maxInflatedBytes: maxUnpacked };
  }

  async receive<T>(
    request: FastifyRequest,
    caller: SignedInCaller,
    name: PackageName,
    use: (received: CheckedPublication | PlainDocument) => Promise<T>,
  ): Promise<T> {
    const incoming = new IncomingPackage(this.flow, {
      format: npmFormat,
      caller,
      name,
      maxTarball: this.maxTarball,
      limits: this.limits,
      onAuthorised: () => this.callers.forChange(request),
    });
    try {
      const received = await readDocument(request, incoming);
      const { tarball } = incoming;
      if (!tarball) return await use({ kind: 'document', document: received.document });
      return await use({
        kind: 'publication',
        tarball,
        version: await this.check(request, caller, name, received, tarball),
      });
    } finally {
      await incoming.abandon();
    }
  }

  private async check(
    request: FastifyRequest,
    caller: SignedInCaller,
    name: PackageName,
    received: PublishDocument,
    tarball: ReceivedTarball,
  ): Promise<CheckedVersion> {
    const { facts, staged, publication } = tarball;
    checkName(name, publication.place.facts?.name);
    const { login } = caller.principal;
    const base = new URL(this.callers.baseFor(request));
    const publisher = { name: login, email: `${login}@users.noreply.${base.hostname}` };
    const sign = await this.signingKeys.signer();
    const published = readPublish({ name, received, digests: staged.digests, facts, publisher, sign });
    const plan = publication.place.facts
      ? notNew
      : await this.planNew(published, caller, publication.place.owner.id, base.host);
    return this.describe(published, tarball, login, plan);
  }

  private describe(
    published: PublishedVersion,
    { staged }: ReceivedTarball,
    login: string,
    { repositoryId, inheritsAccess, visibility, notice }: NewPackagePlan,
  ): CheckedVersion {
    const { version, bundle } = published;
    if (bundle && bundle.text.length > MAX_BUNDLE)
      throw new DomainError(
        'invalid_package',
        `The provenance bundle is larger than ${formatBytes(MAX_BUNDLE)}.`,
      );
    const attestations = bundle && {
      attestations: `{"attestations":[{"predicateType":${JSON.stringify(bundle.predicateType)},"bundle":${bundle.text}}]}`,
    };
    const deprecated = published.manifest['deprecated'];
    return {
      ...version,
      files: [{ name: published.fileName, contentType: 'application/octet-stream', staged }],
      fragments: { ...published.fragments, ...attestations },
      properties: {
        publisher: login,
        ...(version.sortKey.endsWith('~') ? {} : { prerelease: 'true' }),
        ...(typeof deprecated === 'string' && { deprecated }),
      },
      packageProperties: published.packageProperties,
      tags: [...published.tags],
      headTag: 'latest',
      dependencies: readDependencies(published.manifest),
      visibility: visibility ?? (published.access === 'public' ? 'public' : 'private'),
      repositoryId,
      inheritsAccess,
      notice,
    };
  }

  /** What a new package is linked to: the repository of this instance that package.json names, or a workflow's own. */
  private async planNew(
    { repository }: PublishedVersion,
    { principal }: SignedInCaller,
    ownerId: string,
    host: string,
  ): Promise<NewPackagePlan> {
    const named = repository?.host === host ? { ownerLogin: repository.owner, name: repository.name } : null;
    if (named === null && principal.workflow === null) return notNew;
    return this.auth.planNewPackage({ principal, ownerId, repository: named });
  }
}

/** Of a package that exists: its link and its access stay as they are. */
const notNew: NewPackagePlan = { repositoryId: null, inheritsAccess: false, visibility: null, notice: null };

/** An existing package is published under its own name only: clients compare names literally, and signatures hold them. */
function checkName(name: PackageName, existing: string | undefined): void {
  if (existing === undefined) checkPublishableName(name);
  else if (existing !== name.name)
    throw new DomainError(
      'invalid_package',
      `The package is called ${existing} here, and names that differ only in case are the same: set "name" in package.json to that.`,
      { field: 'name' },
    );
}

async function readDocument(request: FastifyRequest, incoming: IncomingPackage): Promise<PublishDocument> {
  const reader = new PublishDocumentReader(incoming, MAX_DOCUMENT);
  try {
    for await (const chunk of keepOpen(decodedBody(request))) await reader.write(chunk);
  } catch (error) {
    if (error instanceof DomainError) throw error;
    throw new DomainError(
      'invalid_request',
      'The upload ended early or could not be read.',
      {},
      { cause: error },
    );
  }
  return reader.finish();
}
