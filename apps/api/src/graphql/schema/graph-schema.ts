import type { Account, FormatDescriptor } from '@packhouse/contracts';
import {
  buildSchema,
  GraphQLInterfaceType,
  GraphQLObjectType,
  GraphQLScalarType,
  type GraphQLSchema,
} from 'graphql';
import { mutationResolvers } from '../resolvers/mutation.resolvers';
import { accountType, ownerResolvers } from '../resolvers/owner.resolvers';
import { packageResolvers } from '../resolvers/package.resolvers';
import { queryResolvers } from '../resolvers/query.resolvers';
import { packageTypeEnum } from './package-type';
import { packageTypes } from './package-types';
import { rootTypes } from './root-types';

const resolvers: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  ...queryResolvers,
  ...mutationResolvers,
  ...ownerResolvers,
  ...packageResolvers,
};

/** The schema as text, for the formats that this instance serves. */
export function schemaText(formats: ReadonlyArray<Pick<FormatDescriptor, 'id' | 'packageType'>>): string {
  return [rootTypes, packageTypes, packageTypeEnum(formats)].join('\n');
}

/** The schema with what finds each field. Throws where a resolver has no field: the two must not drift apart. */
export function createGraphSchema(
  formats: ReadonlyArray<Pick<FormatDescriptor, 'id' | 'packageType'>>,
): GraphQLSchema {
  const schema = buildSchema(schemaText(formats));
  for (const [typeName, fields] of Object.entries(resolvers)) {
    const type = schema.getType(typeName);
    if (!(type instanceof GraphQLObjectType)) throw new Error(`The schema has no type ${typeName}.`);
    const known = type.getFields();
    for (const [name, resolve] of Object.entries(fields)) {
      const field = known[name];
      if (!field) throw new Error(`The schema has no field ${typeName}.${name}.`);
      field.resolve = resolve as NonNullable<typeof field.resolve>;
    }
  }
  for (const type of Object.values(schema.getTypeMap())) {
    if (type instanceof GraphQLInterfaceType) type.resolveType = (value) => typeNameOf(value as object);
    if (type instanceof GraphQLScalarType && type.name === 'URI') type.specifiedByURL = rfc3986;
  }
  return schema;
}

const rfc3986 = 'https://www.rfc-editor.org/rfc/rfc3986';

/** By what only things of that type have. */
function typeNameOf(value: object): string {
  if ('nameKey' in value) return 'Package';
  if ('publishedRevision' in value) return 'PackageVersion';
  if ('digests' in value) return 'PackageFile';
  if ('versionId' in value) return 'PackageTag';
  return 'ownerLogin' in value ? 'Repository' : accountType(value as Account);
}
