import { renderVersion, type FragmentKind } from './fragments';

/** A version as documents show it; structurally what the version list of the core gives. */
export interface DocumentVersion {
  readonly version: string;
  readonly publishedAt: string;
  /** Removed versions keep their entry in `time` and nothing else. */
  readonly removed: boolean;
  readonly fragment: string | null;
}

export interface PackumentInput {
  readonly kind: FragmentKind;
  /** Where this registry is reached, without or with a trailing slash. */
  readonly baseUrl: string;
  readonly facts: { readonly name: string; readonly createdAt: string; readonly updatedAt: string };
  readonly tags: Iterable<{ readonly name: string; readonly version: string }>;
  readonly versions: Iterable<DocumentVersion>;
  /** The package's properties as `readPublish` wrote them. Used by the full form only. */
  readonly properties: Readonly<Record<string, string>>;
  readonly maintainers: readonly { readonly name: string; readonly email: string }[];
  /** Names of the accounts that starred the package. */
  readonly stars: readonly string[];
  /** The optimistic lock of A4.3; clients put it into URLs. */
  readonly rev: string;
}

/** Properties that hold plain text; all others of the list below hold JSON. */
const textProperties = ['description', 'homepage', 'license', 'readme', 'readmeFilename'] as const;
const jsonProperties = ['keywords', 'repository', 'author', 'contributors', 'bugs'] as const;

/**
 * Renders the document of a package by joining the fragments of its versions as text: no fragment is parsed, and
 * keys from outside (`__proto__` as a tag) never become properties of an object.
 */
export function renderPackument(input: PackumentInput): Buffer {
  const versions: string[] = [];
  const times: string[] = [];
  for (const item of input.versions) {
    const key = JSON.stringify(item.version);
    times.push(`${key}:${JSON.stringify(item.publishedAt)}`);
    if (!item.removed && item.fragment !== null) versions.push(`${key}:${item.fragment}`);
  }
  const { createdAt, updatedAt } = input.facts;
  const time = `{"created":${JSON.stringify(createdAt)},"modified":${JSON.stringify(updatedAt)}${times.map((entry) => `,${entry}`).join('')}}`;
  const head = input.kind === 'full' ? fullHead(input) : abbreviatedHead(input);
  const text = `{${head.join(',')},"time":${time},"versions":{${renderVersion(versions.join(','), input.baseUrl)}}}`;
  return Buffer.from(text);
}

function abbreviatedHead(input: PackumentInput): string[] {
  return [
    `"name":${JSON.stringify(input.facts.name)}`,
    `"modified":${JSON.stringify(input.facts.updatedAt)}`,
    `"dist-tags":${renderTags(input.tags)}`,
  ];
}

function fullHead(input: PackumentInput): string[] {
  const name = JSON.stringify(input.facts.name);
  const head = [
    `"_id":${name}`,
    `"_rev":${JSON.stringify(input.rev)}`,
    `"name":${name}`,
    `"dist-tags":${renderTags(input.tags)}`,
  ];
  for (const key of textProperties) {
    const value = ownProperty(input.properties, key);
    if (value !== undefined) head.push(`"${key}":${JSON.stringify(value)}`);
  }
  for (const key of jsonProperties) {
    const value = validJson(ownProperty(input.properties, key));
    if (value !== undefined) head.push(`"${key}":${value}`);
  }
  const maintainers = input.maintainers.map(({ name: login, email }) => ({ name: login, email }));
  head.push(`"maintainers":${JSON.stringify(maintainers)}`);
  head.push(`"users":{${input.stars.map((login) => `${JSON.stringify(login)}:true`).join(',')}}`);
  head.push('"_attachments":{}');
  return head;
}

function renderTags(tags: PackumentInput['tags']): string {
  return `{${[...tags].map((tag) => `${JSON.stringify(tag.name)}:${JSON.stringify(tag.version)}`).join(',')}}`;
}

function ownProperty(properties: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(properties, key) ? properties[key] : undefined;
}

/** One damaged property must not damage the document. */
function validJson(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return undefined;
  }
}
