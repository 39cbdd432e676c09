import { Injectable } from '@nestjs/common';
import { metadataContract, type FormatDescriptor, type MetadataClient } from '@packhouse/contracts';
import { SECOND } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';

/** Gateways announce themselves at their start: a new one is known after this long. */
const KEPT = 5 * SECOND;

/** Formats as their gateways announced them, and the words that GitHub's API has for them. */
@Injectable()
export class PackageFormats {
  private known: readonly FormatDescriptor[] = [];
  private readAt = 0;
  private reading: Promise<void> | null = null;

  constructor(@InjectClient(metadataContract) private readonly metadata: MetadataClient) {}

  async list(): Promise<readonly FormatDescriptor[]> {
    // Once for all who ask meanwhile.
    if (Date.now() - this.readAt > KEPT)
      await (this.reading ??= this.read().finally(() => (this.reading = null)));
    return this.known;
  }

  private async read(): Promise<void> {
    this.known = (await this.metadata.listFormats({})).formats;
    this.readAt = Date.now();
  }

  /** The formats that are shown as this `package_type`; none for one that nobody serves. */
  async ofType(packageType: string): Promise<string[]> {
    const formats = await this.list();
    return formats.filter((format) => typeOf(format) === packageType).map(({ id }) => id);
  }

  /** What formats are called in GitHub's API, by id. */
  async typesOf(formatIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const types = await Promise.all(
      [...new Set(formatIds)].map(async (id) => [id, await this.typeOf(id)] as const),
    );
    return new Map(types);
  }

  /** A package's name as tokens and sentences have it, whichever form a request has: REST leaves out what the owner implies. */
  async wholeName(formatId: string | undefined, ownerLogin: string, name: string): Promise<string> {
    const format = formatId === undefined ? undefined : await this.find(formatId);
    return wholeName(format?.wholeName ?? '{name}', ownerLogin, name);
  }

  /** What a format is called in GitHub's API. */
  async typeOf(formatId: string): Promise<string> {
    return typeOf((await this.find(formatId)) ?? { id: formatId });
  }

  /** As its gateway announced it. */
  async find(formatId: string): Promise<FormatDescriptor | undefined> {
    const formats = await this.list();
    return formats.find(({ id }) => id === formatId);
  }
}

/** The whole name of what the API may show a part of; a whole one stays as it is. */
export function wholeName(template: string, ownerLogin: string, name: string): string {
  const [before = '', after = ''] = template.replaceAll('{owner}', ownerLogin).split('{name}');
  const asked = name.toLowerCase();
  const isWhole = asked.startsWith(before.toLowerCase()) && asked.endsWith(after.toLowerCase());
  return isWhole ? name : `${before}${name}${after}`;
}

/** What a format is called in GitHub's API. */
export function typeOf({ id, packageType }: Pick<FormatDescriptor, 'id' | 'packageType'>): string {
  return packageType || id;
}
