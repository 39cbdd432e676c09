import { packagesField } from './package-types';

const accountFields = `
  avatarUrl("The size of the square picture." size: Int): URI!
  createdAt: DateTime!
  databaseId: Int
  id: ID!
  login: String!
  name: String
${packagesField}
  "A repository by its name, if you may see it."
  repository("Not looked at: former names are not followed." followRenames: Boolean = true, name: String!): Repository
  resourcePath: URI!
  updatedAt: DateTime!
  url: URI!`;

/** Accounts, repositories and where a query begins. */
export const rootTypes = `
scalar DateTime
scalar URI

interface Node {
  id: ID!
}

interface Actor {
  avatarUrl(size: Int): URI!
  login: String!
  resourcePath: URI!
  url: URI!
}

interface RepositoryOwner {
  avatarUrl(size: Int): URI!
  id: ID!
  login: String!
  repository(followRenames: Boolean = true, name: String!): Repository
  resourcePath: URI!
  url: URI!
}

interface UniformResourceLocatable {
  resourcePath: URI!
  url: URI!
}

"A person's account."
type User implements Actor & Node & PackageOwner & RepositoryOwner & UniformResourceLocatable {
${accountFields}
  "Empty unless it is your own, or you administer the site."
  email: String!
  isSiteAdmin: Boolean!
  isViewer: Boolean!
}

"An account that people share."
type Organization implements Actor & Node & PackageOwner & RepositoryOwner & UniformResourceLocatable {
${accountFields}
  viewerCanAdminister: Boolean!
  viewerIsAMember: Boolean!
}

"What packages are linked to."
type Repository implements Node & PackageOwner & UniformResourceLocatable {
  createdAt: DateTime!
  databaseId: Int
  description: String
  id: ID!
  isPrivate: Boolean!
  name: String!
  nameWithOwner: String!
  owner: RepositoryOwner!
${packagesField}
  resourcePath: URI!
  updatedAt: DateTime!
  url: URI!
  visibility: RepositoryVisibility!
}

enum RepositoryVisibility {
  INTERNAL
  PRIVATE
  PUBLIC
}

enum OrderDirection {
  ASC
  DESC
}

type PageInfo {
  endCursor: String
  hasNextPage: Boolean!
  hasPreviousPage: Boolean!
  startCursor: String
}

"How much of what you may ask for is used up."
type RateLimit {
  cost: Int!
  limit: Int!
  nodeCount: Int!
  remaining: Int!
  resetAt: DateTime!
  used: Int!
}

type Query {
  "Anything by its id."
  node(id: ID!): Node
  "Up to 100 things by their ids."
  nodes(ids: [ID!]!): [Node]!
  organization(login: String!): Organization
  "Null where requests are not limited."
  rateLimit("Not looked at: asking costs nothing." dryRun: Boolean = false): RateLimit
  repository(followRenames: Boolean = true, name: String!, owner: String!): Repository
  repositoryOwner(login: String!): RepositoryOwner
  user(login: String!): User
  "Whoever asks."
  viewer: User!
}

type Mutation {
  deletePackageVersion(input: DeletePackageVersionInput!): DeletePackageVersionPayload
}
`;
