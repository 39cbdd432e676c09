/** What makes a list a connection; the same arguments on every one. */
const paging = `
    "The elements that come after this cursor."
    after: String
    "The elements that come before this cursor."
    before: String
    "The first n elements, 100 at most."
    first: Int
    "The last n elements, 100 at most."
    last: Int`;

/** The list of packages of an owner or a repository: the same field on every {@link packageTypes} owner. */
export const packagesField = `
  "Packages that you may read, of every format."
  packages(${paging}
    "Only packages with one of these names."
    names: [String]
    "The order of the packages."
    orderBy: PackageOrder = {field: CREATED_AT, direction: DESC}
    "Only packages of this format."
    packageType: PackageType
    "Only packages linked to this repository."
    repositoryId: ID
  ): PackageConnection!`;

const connection = (node: string): string => `
"A page of a list."
type ${node}Connection {
  edges: [${node}Edge]
  nodes: [${node}]
  pageInfo: PageInfo!
  "How many there are on all pages together."
  totalCount: Int!
}

type ${node}Edge {
  cursor: String!
  node: ${node}
}
`;

const order = (what: string): string => `
"An order of a list."
input ${what}Order {
  direction: OrderDirection
  field: ${what}OrderField
}

enum ${what}OrderField {
  CREATED_AT
}
`;

/** Packages, versions and files with GitHub's names; what GitHub has not is said to be an addition. */
export const packageTypes = `
"Whoever has packages."
interface PackageOwner {
  id: ID!
${packagesField}
}

"A package of any format."
type Package implements Node {
  "An addition to GitHub's type: the number by which the REST API names it."
  databaseId: Int
  id: ID!
  "The version that the package's head tag points to, or the highest."
  latestVersion: PackageVersion
  name: String!
  packageType: PackageType!
  "The linked repository, if you may see it."
  repository: Repository
  statistics: PackageStatistics
  "The version with this number or, for images, digest."
  version(version: String!): PackageVersion
  versions(${paging}
    orderBy: PackageVersionOrder = {field: CREATED_AT, direction: DESC}
  ): PackageVersionConnection!
  "An addition to GitHub's type."
  visibility: RepositoryVisibility!
}

type PackageStatistics {
  downloadsTotalCount: Int!
}

"One published version."
type PackageVersion implements Node {
  "An addition to GitHub's type: the versions that it is about, as signatures are."
  about(${paging}
  ): RelatedVersionConnection!
  "An addition to GitHub's type: the versions that are about it, newest first."
  aboutThis(${paging}
  ): RelatedVersionConnection!
  "An addition to GitHub's type: the kind of an artifact that is no image."
  artifactType: String
  "An addition to GitHub's type: the versions that contain it, newest first."
  containedBy(${paging}
  ): RelatedVersionConnection!
  "An addition to GitHub's type: the versions that it contains, as indexes do, in their order."
  contains(${paging}
  ): RelatedVersionConnection!
  "An addition to GitHub's type: the number by which the REST API names it."
  databaseId: Int
  files(${paging}
    orderBy: PackageFileOrder = {field: CREATED_AT, direction: ASC}
  ): PackageFileConnection!
  id: ID!
  package: Package
  "An addition to GitHub's type: how it belongs to another version, with which it goes. Null: it stands for itself."
  partAs: PackageVersionPart
  platform: String
  "An addition to GitHub's type: what it runs on, as far as its format says so; at most 100."
  platforms: [String!]!
  "As its format sees it."
  preRelease: Boolean!
  "An addition to GitHub's type."
  publishedAt: DateTime!
  readme: String
  "Always null: there are no releases here."
  release: Release
  statistics: PackageVersionStatistics
  "The description that this version brought."
  summary: String
  "An addition to GitHub's type: the tags that point to this version, by name."
  tags(${paging}
  ): PackageTagConnection!
  version: String!
}

"How a version belongs to another."
enum PackageVersionPart {
  "It is about it, or bears a tag that is."
  ABOUT
  "It is contained in it."
  CONTAINED
}

"A page of the versions that a version names, or that name it."
type RelatedVersionConnection {
  edges: [RelatedVersionEdge]
  nodes: [PackageVersion]
  pageInfo: PageInfo!
  "How many there are on all pages together."
  totalCount: Int!
}

type RelatedVersionEdge {
  cursor: String!
  "Null: the package has no such version."
  node: PackageVersion
  "The number or, of images, digest by which it is named."
  version: String!
}

type PackageVersionStatistics {
  downloadsTotalCount: Int!
}

"A file of a version."
type PackageFile implements Node {
  id: ID!
  md5: String
  name: String!
  packageVersion: PackageVersion
  sha1: String
  sha256: String
  "Null above 2 GiB, which GraphQL's integers cannot hold."
  size: Int
  updatedAt: DateTime!
  "Where the file is served, to whoever may read the package. Null for formats whose files have no address."
  url: URI
}

"A name that points to a version."
type PackageTag implements Node {
  id: ID!
  name: String!
  version: PackageVersion
}

"A release of a repository: part of GitHub's schema, never given."
type Release implements Node {
  id: ID!
}
${['Package', 'PackageVersion', 'PackageFile', 'PackageTag'].map(connection).join('')}
${['Package', 'PackageVersion', 'PackageFile'].map(order).join('')}

input DeletePackageVersionInput {
  "Comes back in the answer."
  clientMutationId: String
  packageVersionId: ID!
}

type DeletePackageVersionPayload {
  clientMutationId: String
  success: Boolean
}
`;
