import { z } from 'zod';
import { defineOperation } from '../../rest/operation';
import { pagingQuery } from '../../rest/paging';
import { packageSchema, packageVersionSchema } from '../../rest/serialisers/package';

/** Whose packages a route is about: one of these, or the caller. */
export interface PlaceParams {
  readonly org?: string;
  readonly username?: string;
}

interface Place {
  /** Below which the routes are. */
  readonly prefix: '' | `/${string}`;
  readonly params: z.ZodRawShape;
  /** How GitHub's operation ids end. */
  readonly names: { readonly reads: string; readonly changes: string; readonly versions: string };
}

const typed = { package_type: z.string().regex(/^[a-z]{1,40}$/) };
const named = { ...typed, package_name: z.string().min(1).max(1024) };
const versioned = { ...named, package_version_id: z.coerce.number().int().positive() };

const tags = ['packages'];
const refused = {
  401: 'Nobody signed in.',
  403: 'The token lacks a scope, or the account a role.',
  404: 'There is no such package, or it may not be seen.',
};
const limited = { 400: 'It may not be deleted: the message says why.', ...refused };
const reads = { scopes: ['read:packages'] as const, tags };
const deletes = {
  scopes: ['delete:packages'] as const,
  alsoScopes: ['read:packages'] as const,
  tags,
  secondFactor: 'write' as const,
};
const restores = { scopes: ['write:packages'] as const, tags, secondFactor: 'write' as const };

const listQuery = pagingQuery.extend({
  package_type: typed.package_type.meta({ description: 'Required, as on GitHub.' }),
  visibility: z.enum(['public', 'private', 'internal']).optional(),
});
const versionsQuery = pagingQuery.extend({ state: z.enum(['active', 'deleted']).default('active') });

function pathsOf({ prefix }: Place) {
  const root = `/api/v3${prefix}` as const;
  const path = `${root}/packages/{package_type}/{package_name}` as const;
  return { root, path, version: `${path}/versions/{package_version_id}` as const };
}

function withPlace<S extends z.ZodRawShape>({ params }: Place, shape: S) {
  return z.object({ ...params, ...shape }) as unknown as z.ZodType<PlaceParams & z.output<z.ZodObject<S>>>;
}

/** Lists of packages of one kind of owner (spec M-12, M-20). */
function listOperations(place: Place) {
  const { root } = pathsOf(place);
  const { names } = place;
  return {
    list: defineOperation({
      ...reads,
      ...{ id: `packages/list-packages-for-${names.reads}`, method: 'GET', path: `${root}/packages` },
      summary: 'List packages',
      params: withPlace(place, {}),
      query: listQuery,
      responses: {
        200: z.array(packageSchema),
        400: 'The query is not valid.',
        401: refused[401],
        403: refused[403],
      },
    }),
    listConflicts: defineOperation({
      ...reads,
      ...{ id: `packages/list-docker-migration-conflicting-packages-for-${names.reads}`, method: 'GET' },
      path: `${root}/docker/conflicts`,
      summary: 'List packages that could not be migrated',
      description: 'Nothing is migrated here, so nothing conflicts.',
      params: withPlace(place, {}),
      responses: { 200: z.array(packageSchema), 401: refused[401], 403: refused[403] },
    }),
  } as const;
}

/** Reads of one package (spec M-13, M-16, M-17). */
function readOperations(place: Place) {
  const { path, version } = pathsOf(place);
  const { names } = place;
  return {
    get: defineOperation({
      ...reads,
      ...{ id: `packages/get-package-for-${names.reads}`, method: 'GET', path },
      summary: 'Get a package',
      params: withPlace(place, named),
      responses: { 200: packageSchema, ...refused },
    }),
    listVersions: defineOperation({
      ...reads,
      ...{ id: `packages/get-all-package-versions-for-package-owned-by-${names.versions}`, method: 'GET' },
      path: `${path}/versions`,
      summary: 'List versions of a package',
      params: withPlace(place, named),
      query: versionsQuery,
      responses: { 200: z.array(packageVersionSchema), ...refused, 400: 'The query is not valid.' },
    }),
    getVersion: defineOperation({
      ...reads,
      ...{ id: `packages/get-package-version-for-${names.reads}`, method: 'GET', path: version },
      summary: 'Get a version of a package',
      params: withPlace(place, versioned),
      responses: { 200: packageVersionSchema, ...refused },
    }),
  } as const;
}

/** Deletions and restores (spec M-14, M-15, M-18, M-19). */
function changeOperations(place: Place) {
  const { path, version } = pathsOf(place);
  const { names } = place;
  return {
    remove: defineOperation({
      ...deletes,
      ...{ id: `packages/delete-package-for-${names.changes}`, method: 'DELETE', path },
      summary: 'Delete a package',
      description: 'It can be restored for 30 days.',
      params: withPlace(place, named),
      responses: { 204: 'It is deleted.', ...limited },
    }),
    restore: defineOperation({
      ...restores,
      ...{ id: `packages/restore-package-for-${names.changes}`, method: 'POST', path: `${path}/restore` },
      summary: 'Restore a package',
      params: withPlace(place, named),
      query: z.object({ token: z.string().max(500).optional() }),
      responses: { 204: 'It is back.', ...refused, 422: 'Another package has its name.' },
    }),
    removeVersion: defineOperation({
      ...deletes,
      ...{ id: `packages/delete-package-version-for-${names.changes}`, method: 'DELETE', path: version },
      summary: 'Delete a version of a package',
      description:
        'It can be restored for 30 days. What belongs to it alone (images of an index, attestations) goes with it.',
      params: withPlace(place, versioned),
      responses: {
        204: 'It is deleted.',
        ...limited,
        409: 'It belongs to another version: the message says which.',
      },
    }),
    restoreVersion: defineOperation({
      ...restores,
      ...{ id: `packages/restore-package-version-for-${names.changes}`, method: 'POST' },
      path: `${version}/restore`,
      summary: 'Restore a version of a package',
      params: withPlace(place, versioned),
      responses: { 204: 'It is back.', ...refused },
    }),
  } as const;
}

function packageOperations(place: Place) {
  return { ...listOperations(place), ...readOperations(place), ...changeOperations(place) };
}

export type PackageOperations = ReturnType<typeof packageOperations>;

export const organizationPackages = packageOperations({
  prefix: '/orgs/{org}',
  params: { org: z.string().max(100) },
  names: { reads: 'organization', changes: 'org', versions: 'org' },
});
export const userPackages = packageOperations({
  prefix: '/users/{username}',
  params: { username: z.string().max(100) },
  names: { reads: 'user', changes: 'user', versions: 'user' },
});
export const ownPackages = packageOperations({
  prefix: '/user',
  params: {},
  names: { reads: 'authenticated-user', changes: 'authenticated-user', versions: 'authenticated-user' },
});
