/** Who calls, `METHOD path`, the body, and what is kept of the answer: the name and where it is. */
export type EveryCall = readonly [
  who: 'root' | 'ann' | 'bob' | 'anyone' | 'browser',
  what: string,
  body?: object,
  keep?: readonly [name: string, from: string],
];

const v3 = '/api/v3';
const ours = '/api/packhouse/v1';
const password = 'correct-horse-battery';

/** Accounts, organizations and what an administrator of the site does. */
export const accountCalls: readonly EveryCall[] = [
  ...[
    `${v3}/`,
    `${v3}/meta`,
    `${v3}/rate_limit`,
    `${v3}/openapi.json`,
    `${ours}/`,
    `${ours}/openapi.json`,
  ].map((path): EveryCall => ['anyone', `GET ${path}`]),
  ...['ann', 'bob', 'eve'].map((login): EveryCall => ['root', `POST ${ours}/users`, { login, password }]),
  ['root', `POST ${v3}/admin/users`, { login: 'cid' }],
  ['root', `PATCH ${v3}/admin/users/cid`, { login: 'cyd' }],
  ['root', `PUT ${v3}/users/cyd/suspended`, { reason: 'away' }],
  ['root', `DELETE ${v3}/users/cyd/suspended`, {}],
  ['root', `PUT ${v3}/users/cyd/site_admin`],
  ['root', `DELETE ${v3}/users/cyd/site_admin`],
  ['root', `DELETE ${v3}/admin/users/cyd`],
  ['root', `POST ${v3}/admin/organizations`, { login: 'temp', admin: 'ann' }],
  ['root', `PATCH ${v3}/admin/organizations/temp`, { login: 'brief' }],
  ['ann', `DELETE ${v3}/orgs/brief`],
  ['ann', `POST ${ours}/organizations`, { login: 'acme' }],
  ['ann', `PATCH ${v3}/orgs/acme`, { description: 'Makers of everything' }],
  ['ann', `PUT ${ours}/organizations/acme/members/bob`, { role: 'member' }],
  ['ann', `PUT ${v3}/orgs/acme/memberships/bob`, { role: 'member' }],
  ...[
    ...[
      '/user',
      '/users',
      '/users/ann',
      '/organizations',
      '/organizations/acme',
      '/organizations/acme/members',
    ].map((path) => `${ours}${path}`),
    ...['/user', '/users', '/users/ann', '/user/orgs', '/users/bob/orgs', '/organizations', '/orgs/acme'].map(
      (path) => `${v3}${path}`,
    ),
    ...['/members', '/members/bob', '/memberships/bob'].map((path) => `${v3}/orgs/acme${path}`),
    ...['', '/acme'].map((path) => `${v3}/user/memberships/orgs${path}`),
  ].map((path): EveryCall => ['bob', `GET ${path}`]),
  ['bob', `PATCH ${v3}/user`, { name: 'Bob' }],
  ['ann', `GET ${ours}/organizations/acme/policy`],
  ['ann', `PATCH ${ours}/organizations/acme/policy`, { createPublic: true }],
  ['ann', `GET ${ours}/owners/acme/storage`],
  ['root', `PUT ${ours}/owners/acme/storage`, { limitBytes: 50e9 }],
  ['root', `GET ${ours}/format-policies`],
  ['root', `PUT ${ours}/format-policies/npm`, { state: 'enabled' }],
  ['root', `POST ${ours}/enterprises`, { slug: 'corp' }],
  ['root', `GET ${ours}/enterprises`],
  ['root', `GET ${ours}/enterprises/corp`],
  ['root', `PUT ${ours}/enterprises/corp/organizations/acme`],
  ['root', `GET ${ours}/enterprises/corp/organizations`],
  ['root', `DELETE ${ours}/enterprises/corp/organizations/acme`],
  ['root', `DELETE ${ours}/enterprises/corp`],
  ['root', `GET ${ours}/retired-names`],
  ['root', `GET ${ours}/operations/parked-events`],
  ['root', `GET ${ours}/operations/failed-jobs`],
  ['root', `POST ${ours}/operations/blob-collections`, { dryRun: true }],
  ['root', `POST ${ours}/operations/blob-inventories`, { dryRun: true }],
  ['root', `GET ${ours}/operations/blob-collections`],
  ['root', `POST ${ours}/users/ann/tokens`, { name: 'given', scopes: ['read:packages'] }],
  ['ann', `POST ${ours}/tokens`, { name: 'mine', scopes: ['read:packages'] }, ['token', 'id']],
  ['ann', `GET ${ours}/tokens`],
  ['ann', `DELETE ${ours}/tokens/{token}`],
  ['browser', `GET ${ours}/session`],
  ['ann', `GET ${ours}/sessions`, undefined, ['session', 'items.0.id']],
  ['ann', `DELETE ${ours}/sessions/{session}`],
];

const app = `${v3}/repos/acme/app`;
const crew = `${v3}/orgs/acme/teams/crew`;

/** Repositories, collaborators, teams, and tokens of jobs. */
export const repositoryCalls: readonly EveryCall[] = [
  ['ann', `POST ${v3}/orgs/acme/repos`, { name: 'app', private: true }],
  ['ann', `POST ${v3}/user/repos`, { name: 'mine' }],
  ['ann', `POST ${ours}/repositories`, { owner: 'acme', name: 'other' }],
  ['ann', `GET ${ours}/repositories/acme/other`],
  ['ann', `GET ${app}`],
  ['ann', `PATCH ${app}`, { description: 'The app' }],
  ...['/user/repos', '/orgs/acme/repos', '/users/ann/repos'].map((path): EveryCall => [
    'ann',
    `GET ${v3}${path}`,
  ]),
  ['ann', `PUT ${app}/collaborators/eve`, { permission: 'push' }],
  ['ann', `GET ${app}/collaborators`],
  ['ann', `GET ${app}/collaborators/eve`],
  ['ann', `GET ${app}/collaborators/eve/permission`],
  ['ann', `GET ${v3}/orgs/acme/outside_collaborators`],
  ['ann', `DELETE ${v3}/orgs/acme/outside_collaborators/eve`],
  ['ann', `PUT ${app}/collaborators/eve`, { permission: 'push' }],
  ['ann', `DELETE ${app}/collaborators/eve`],
  ['ann', `PUT ${v3}/orgs/acme/outside_collaborators/bob`, {}],
  ['ann', `PUT ${v3}/orgs/acme/memberships/bob`, { role: 'member' }],
  ['ann', `POST ${v3}/orgs/acme/teams`, { name: 'crew' }],
  ['ann', `GET ${v3}/orgs/acme/teams`],
  ['ann', `GET ${crew}`],
  ['ann', `PATCH ${crew}`, { description: 'All hands' }],
  ['ann', `GET ${crew}/teams`],
  ['ann', `PUT ${crew}/memberships/bob`, {}],
  ['ann', `GET ${crew}/memberships/bob`],
  ['ann', `GET ${crew}/members`],
  ['bob', `GET ${v3}/user/teams`],
  ['ann', `PUT ${crew}/repos/acme/app`, { permission: 'push' }],
  ['ann', `GET ${crew}/repos`],
  ['ann', `GET ${crew}/repos/acme/app`],
  ['ann', `GET ${app}/teams`],
  ['ann', `DELETE ${crew}/repos/acme/app`],
  ['ann', `DELETE ${crew}/memberships/bob`],
  ['ann', `POST ${v3}/repos/acme/other/transfer`, { new_owner: 'ann' }],
  ['ann', `DELETE ${v3}/repos/ann/other`],
  ['ann', `POST ${ours}/repositories/acme/app/workflow-tokens`, {}, ['job', 'id']],
  ['ann', `GET ${ours}/repositories/acme/app/workflow-tokens`],
  ['ann', `DELETE ${ours}/repositories/acme/app/workflow-tokens/{job}`],
  [
    'ann',
    `POST ${ours}/trusted-publishers/acme`,
    { issuer: '{issuer}', claims: { sub: 'repo:acme/app:*' }, repository: 'app' },
    ['publisher', 'id'],
  ],
  ['ann', `GET ${ours}/trusted-publishers/acme`],
  ['anyone', `POST ${ours}/trusted-publishing/exchange`, { idToken: '{idToken}', owner: 'acme' }],
  ['ann', `DELETE ${ours}/trusted-publishers/acme/{publisher}`],
];

/** GitHub's nine routes below each of the three kinds of owner. */
const githubCalls = (
  [
    ['orgs/acme', 'lib'],
    ['users/ann', 'own'],
    ['user', 'own'],
  ] as const
).flatMap(([place, name]): EveryCall[] => {
  const path = `${v3}/${place}/packages/npm/${name}`;
  return [
    ['ann', `GET ${v3}/${place}/packages?package_type=npm`],
    ['ann', `GET ${v3}/${place}/docker/conflicts`],
    ['ann', `GET ${path}`],
    ['ann', `GET ${path}/versions`, undefined, ['version', '0.id']],
    ['ann', `GET ${path}/versions/{version}`],
    ['ann', `DELETE ${path}/versions/{version}`],
    ['ann', `POST ${path}/versions/{version}/restore`],
    ['ann', `DELETE ${path}`],
    ['ann', `POST ${path}/restore`],
  ];
});

const lib = `${ours}/packages/acme/npm/@acme%2Flib`;
const open = `${ours}/packages/acme/npm/@acme%2Fopen`;

/** Packages @acme/lib, @acme/open (public) and @ann/own, each with three versions. */
export const packageCalls: readonly EveryCall[] = [
  ...githubCalls,
  ['ann', `GET ${lib}`],
  ['ann', `PUT ${lib}/visibility`, { visibility: 'private' }],
  ['ann', `PUT ${lib}/repository`, { repository: 'app' }],
  ['ann', `PUT ${lib}/inheritance`, { inherits: true }],
  ['ann', `PUT ${lib}/inheritance`, { inherits: false }],
  ['ann', `DELETE ${lib}/repository`],
  ...['people/bob', 'teams/crew', 'repositories/app'].flatMap((whom): EveryCall[] => [
    ['ann', `PUT ${lib}/access/${whom}`, { role: 'read' }],
    ['ann', `DELETE ${lib}/access/${whom}`],
  ]),
  ...['access', 'downloads', 'blast-radius'].map((what): EveryCall => ['ann', `GET ${lib}/${what}`]),
  ['ann', `GET ${ours}/search/packages?q=lib`],
  ['ann', `GET ${ours}/why?owner=acme&format=npm&package=@acme/lib&account=bob`],
  ['ann', `PUT ${lib}/tag-rules`, { immutable: ['v*'] }],
  ['ann', `PATCH ${lib}/tag-rules`, { add: ['lts'], remove: ['v*'] }],
  ['ann', `GET ${lib}/tag-rules`],
  ['ann', `GET ${open}/versions?parts=true`, undefined, ['version', '0.number']],
  ['ann', `GET ${open}/versions/{version}`],
  ['ann', `DELETE ${open}/versions/{version}`],
  ['root', `DELETE ${open}/reserved-versions/3.0.0`],
  ['ann', `DELETE ${lib}`],
  ['root', `GET ${ours}/audit-log`],
  ['root', `GET ${ours}/audit-log/export`],
  ['ann', `GET ${v3}/orgs/acme/audit-log`],
];

/** What ends. */
export const lastCalls: readonly EveryCall[] = [
  ['ann', `DELETE ${v3}/orgs/acme/memberships/bob`],
  ['ann', `PUT ${v3}/orgs/acme/memberships/bob`, { role: 'member' }],
  ['ann', `DELETE ${v3}/orgs/acme/members/bob`],
  ['ann', `PUT ${v3}/orgs/acme/memberships/bob`, { role: 'member' }],
  ['ann', `DELETE ${ours}/organizations/acme/members/bob`],
  ['ann', `DELETE ${crew}`],
  ['ann', `DELETE ${app}`],
];
