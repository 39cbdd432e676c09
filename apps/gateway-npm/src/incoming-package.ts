import type {
  FormatDefinition,
  Publication,
  PublishFlow,
  PublishedFile,
  SignedInCaller,
} from '@packhouse/gateway-kit';
import type { AttachmentSink } from './codec/publish-document';
import type { PackageName } from './codec/package-name';
import { TarballScanner, type TarballLimits } from './codec/tarball-scanner';
import type { TarballFacts } from './codec/tarball-contents';
import { flowName } from './npm-packages';

type Upload = Awaited<ReturnType<Publication['startUpload']>>;

export interface ReceivedTarball {
  readonly publication: Publication;
  readonly staged: PublishedFile['staged'];
  readonly facts: TarballFacts;
}

interface IncomingOptions {
  readonly format: FormatDefinition;
  readonly caller: SignedInCaller;
  readonly name: PackageName;
  readonly maxTarball: number;
  readonly limits: TarballLimits;
  /** Called when the right to publish is sure and before the first byte is taken. */
  readonly onAuthorised: () => Promise<unknown>;
}

/** A tarball on its way in: hashed and stored aside while a scanner looks into it, in one pass. */
export class IncomingPackage implements AttachmentSink {
  private publication: Publication | null = null;
  private upload: Upload | null = null;
  private scanner: TarballScanner | null = null;
  private received: ReceivedTarball | null = null;

  constructor(
    private readonly flow: PublishFlow,
    private readonly options: IncomingOptions,
  ) {}

  async begin(): Promise<void> {
    const { format, caller, name, maxTarball, limits } = this.options;
    this.publication = await this.flow.begin(format, caller, flowName(name));
    await this.options.onAuthorised();
    this.upload = await this.publication.startUpload(maxTarball);
    this.scanner = new TarballScanner(limits);
  }

  async write(bytes: Buffer): Promise<void> {
    await this.upload?.write(bytes);
    await this.scanner?.write(bytes);
  }

  async end(): Promise<void> {
    if (!this.publication || !this.upload || !this.scanner)
      throw new Error('A tarball ended that did not begin');
    const facts = await this.scanner.finish();
    this.received = { publication: this.publication, staged: await this.upload.finish(), facts };
  }

  /** The tarball, or null when the document had none. */
  get tarball(): ReceivedTarball | null {
    return this.received;
  }

  /** Drops what was received. */
  async abandon(): Promise<void> {
    this.scanner?.abort();
    await this.publication?.abandon();
  }
}
