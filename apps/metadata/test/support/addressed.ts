import { createHash } from 'node:crypto';
import type { CommitVersionRequest, MetadataClient } from '@packhouse/contracts';
import { newId, sha256Hex } from '@packhouse/kernel';
import { alice, fileOf } from './commits';

type Overrides = Partial<Omit<CommitVersionRequest, 'package' | 'version' | 'contains' | 'about'>> & {
  name?: string;
  visibility?: 'public' | 'private' | 'internal';
  /** That it names; a package that is linked to it inherits its access. */
  repositoryId?: string;
  /** Texts of other versions, or what these are called by their SHA-512. */
  contains?: readonly string[];
  about?: string;
};

/** What a version of this text is named. */
export function digestOf(text: string): string {
  return `sha256:${sha256Hex(text)}`;
}

/** What others may call it as well. */
export function sha512Of(text: string): string {
  return `sha512:${createHash('sha512').update(text).digest('hex')}`;
}

/** A version of a toy format whose versions are named by the digest of `text`; untagged unless told. */
export function addressedOf(ownerId: string, text: string, overrides: Overrides = {}): CommitVersionRequest {
  const { name = 'image', visibility = 'private', contains = [], about, repositoryId, ...rest } = overrides;
  const linked = repositoryId === undefined ? {} : { repositoryId, inheritsAccess: true };
  const version = digestOf(text);
  return {
    format: 'boxes',
    ownerId,
    package: { name, nameKey: name, visibility, ...linked },
    version: { id: newId(), version, identity: version, sortKey: '' },
    files: [fileBothWays(version, text), fileBothWays(`${version}/shared`, 'shared layer')],
    fragments: { descriptor: `{"of":"${text}"}` },
    properties: { artifactType: 'toy/box' },
    packageProperties: { description: `about ${text}` },
    tags: [],
    contentAddressed: true,
    contains: contains.map(nameOf),
    about: about === undefined ? [] : [nameOf(about)],
    actor: alice,
    ...rest,
  };
}

function fileBothWays(name: string, content: string) {
  const file = fileOf(name, content);
  return { ...file, digests: { ...file.digests, sha512: sha512Of(content).slice(7) } };
}

function nameOf(text: string): string {
  return text.startsWith('sha512:') ? text : digestOf(text);
}

/** Publishes such versions of one package, and says what lists show of it. */
export class Boxes {
  packageId = '';
  /** By their text. */
  readonly ids = new Map<string, string>();

  constructor(
    private readonly client: MetadataClient,
    readonly ownerId: string = newId(),
  ) {}

  async push(text: string, overrides: Overrides = {}): ReturnType<MetadataClient['commitVersion']> {
    const result = await this.client.commitVersion(addressedOf(this.ownerId, text, overrides));
    this.packageId = result.package.id;
    this.ids.set(text, result.versionId);
    return result;
  }

  /** An index of two boxes and a label about the first of them. */
  async pushIndex(text: string, tags: string[] = [], prefix = text): Promise<void> {
    await this.push(`${prefix} left`);
    await this.push(`${prefix} right`);
    await this.push(text, { contains: [`${prefix} left`, `${prefix} right`], tags });
  }

  id(text: string): string {
    const found = this.ids.get(text);
    if (found === undefined) throw new Error(`"${text}" was not pushed.`);
    return found;
  }

  remove(texts: readonly string[], more: { keepParts?: boolean; allowEmpty?: boolean } = {}) {
    const versionIds = texts.map((text) => this.id(text));
    return this.client.removeVersions({ packageId: this.packageId, versionIds, actor: alice, ...more });
  }

  restore(text: string) {
    return this.client.restoreVersion({ packageId: this.packageId, versionId: this.id(text), actor: alice });
  }

  moveTag(tag: string, text: string) {
    return this.client.moveTag({ packageId: this.packageId, tag, version: digestOf(text), actor: alice });
  }

  removeTag(tag: string) {
    return this.client.removeTag({ packageId: this.packageId, tag, actor: alice });
  }

  /** Texts of what lists show, newest first, parts as well if asked for. */
  async listed(more: { parts?: boolean; state?: 'active' | 'deleted' } = {}): Promise<string[]> {
    const { items, total } = await this.client.listVersionsOf({
      packageId: this.packageId,
      limit: 100,
      ...more,
    });
    if (total !== items.length && items.length < 100) throw new Error('The total is not that of the items.');
    const names = new Map([...this.ids.keys()].map((text) => [digestOf(text), text]));
    return items.map(({ version }) => names.get(version) ?? version);
  }

  /** The texts that can be read, in order of name. */
  async readable(): Promise<string[]> {
    const found = await Promise.all(
      [...this.ids.keys()].map(async (text) => {
        const { file } = await this.client.findFile({ packageId: this.packageId, name: digestOf(text) });
        return file ? [text] : [];
      }),
    );
    return found.flat().sort();
  }

  async versionCount(): Promise<number> {
    return (await this.client.describePackage({ packageId: this.packageId })).versionCount;
  }

  async tagged(tag: string): Promise<string | undefined> {
    const { version } = await this.client.findTagged({ packageId: this.packageId, tag });
    return [...this.ids.keys()].find((text) => digestOf(text) === version?.version);
  }
}
