import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';
import { schemaText } from '../src/graphql/schema/graph-schema';

const file = join(
  __dirname,
  '../../../.cache/clients/octokit/node_modules/@octokit/graphql-schema/schema.graphql',
);

/** What GitHub's types do not have. Every other difference is a mistake. */
const additions = new Set([
  'Package.databaseId',
  'Package.visibility',
  'PackageVersion.about',
  'PackageVersion.aboutThis',
  'PackageVersion.artifactType',
  'PackageVersion.containedBy',
  'PackageVersion.contains',
  'PackageVersion.databaseId',
  'PackageVersion.partAs',
  'PackageVersion.platforms',
  'PackageVersion.publishedAt',
  'PackageVersion.tags',
  'PackageType.CONTAINER',
  'PackageType.TOY',
]);

/** GitHub's tags are nodes without a list, and its versions have nothing to do with each other. */
const addedTypes = new Set([
  'PackageTagConnection',
  'PackageTagEdge',
  'PackageVersionPart',
  'RelatedVersionConnection',
  'RelatedVersionEdge',
]);

let github: GraphQLSchema;
const ours = buildSchema(schemaText([{ id: 'toy' }]));

beforeAll(() => {
  if (!existsSync(file)) throw new Error('Run "node scripts/install-clients.mjs": the clients are missing.');
  // Their file defines two fields twice.
  github = buildSchema(readFileSync(file, 'utf8'), { assumeValidSDL: true });
}, 60_000);

const ownTypes = (): GraphQLNamedType[] =>
  Object.values(ours.getTypeMap()).filter(({ name }) => !name.startsWith('__'));

const describeInput = ({ name, type, defaultValue }: GraphQLArgument | GraphQLInputField): string =>
  `${name}: ${String(type)} = ${JSON.stringify(defaultValue)}`;

/** Every field or value of a type, with arguments and defaults, as one line of text each. */
function describeMembers(type: GraphQLNamedType): Map<string, string> {
  if (isObjectType(type) || isInterfaceType(type))
    return new Map(
      Object.values(type.getFields()).map(({ name, args, type: result }) => [
        name,
        `(${args.map(describeInput).sort().join(', ')}): ${String(result)}`,
      ]),
    );
  if (isInputObjectType(type))
    return new Map(Object.values(type.getFields()).map((field) => [field.name, describeInput(field)]));
  if (isEnumType(type)) return new Map(type.getValues().map(({ name }) => [name, name]));
  return new Map();
}

describe('the GraphQL schema', () => {
  it('has GitHub’s fields, arguments, defaults and nullability, and says what it adds', () => {
    const differences: string[] = [];
    for (const type of ownTypes().filter(({ name }) => !addedTypes.has(name))) {
      const known = github.getType(type.name);
      if (!known) differences.push(`${type.name} is not GitHub's`);
      const theirs = known ? describeMembers(known) : new Map<string, string>();
      for (const [name, text] of describeMembers(type)) {
        const path = `${type.name}.${name}`;
        if (additions.has(path)) expect(theirs.has(name)).toBe(false);
        else if (theirs.get(name) !== text)
          differences.push(`${path}: ${text} instead of ${theirs.get(name)}`);
      }
    }
    expect(differences).toEqual([]);
  });

  it('leaves nothing out of the types of packages', () => {
    const whole = ownTypes().filter(
      ({ name }) =>
        /^Package|^DeletePackage|^PageInfo$|^OrderDirection$|^RateLimit$/.test(name) && !addedTypes.has(name),
    );
    expect(whole.length).toBeGreaterThan(20);
    const missing = whole.flatMap((type) => {
      const own = describeMembers(type);
      return [...describeMembers(github.getType(type.name)!).keys()]
        .filter((name) => !own.has(name))
        .map((name) => `${type.name}.${name}`);
    });
    expect(missing).toEqual([]);
  });

  it('makes users, organizations and repositories package owners and nodes', () => {
    for (const name of ['User', 'Organization', 'Repository']) {
      const type = ours.getType(name);
      const interfaces = isObjectType(type) ? type.getInterfaces().map((one) => one.name) : [];
      expect(interfaces).toEqual(expect.arrayContaining(['Node', 'PackageOwner']));
    }
  });
});
