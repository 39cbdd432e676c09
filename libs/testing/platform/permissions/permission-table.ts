/**
 * Who may do what, written by hand from the specification (sections 2 and 3 of the behaviour that we follow), never
 * from the code. Each letter is the most that somebody may do with a package, with a credential that limits nothing:
 * `.` not even know that it is there · `r` read · `w` read and publish · `a` everything.
 */
export const packages = {
  /** Public; access of its own. */
  open: { name: '@acme/open', owner: 'acme', visibility: 'public', linked: false, inherits: false },
  /** Private; access of its own. */
  secret: { name: '@acme/secret', owner: 'acme', visibility: 'private', linked: false, inherits: false },
  /** Internal; access of its own. */
  inner: { name: '@acme/inner', owner: 'acme', visibility: 'internal', linked: false, inherits: false },
  /** Private; linked to acme/app after its first publish, so with access of its own (P-12). */
  apart: { name: '@acme/apart', owner: 'acme', visibility: 'private', linked: true, inherits: false },
  /** Private; linked to acme/app at its first publish, so with the access of acme/app (P-11). */
  linked: { name: '@acme/linked', owner: 'acme', visibility: 'private', linked: true, inherits: true },
  /** The same, internal. */
  inlink: { name: '@acme/inlink', owner: 'acme', visibility: 'internal', linked: true, inherits: true },
  /** Private, of a user. */
  mine: { name: '@ulla/mine', owner: 'ulla', visibility: 'private', linked: false, inherits: false },
  /** Public, of a user. */
  ours: { name: '@ulla/ours', owner: 'ulla', visibility: 'public', linked: false, inherits: false },
} as const;
export type PackageKey = keyof typeof packages;
export type Right = '.' | 'r' | 'w' | 'a';

/**
 * Columns as above, then whether they may make new packages: `o` of acme, `u` of ulla, `-` of neither.
 *
 * acme and beta are in one enterprise. Members of acme have the role read on acme/app, which is private.
 */
export const rights = `
          open secret inner apart linked inlink mine ours  new
nobody     r     .      .     .      .      .     .    r    -    did not sign in (A-15)
eve        r     .      .     .      .      .     .    r    -    no relation to anybody
mia        r     .      r     .      r      r     .    r    o    member (P-18; base role on acme/app)
reed       r     r      r     r      r      r     .    r    o    member; grant read on everything of acme (P-1)
wren       w     w      w     w      r      r     .    r    o    member; grant write on everything of acme (P-2, not while inheriting: P-13)
addy       a     a      a     a      r      r     .    r    o    member; grant admin on everything of acme (P-3)
tess       w     w      w     w      w      w     .    r    o    member of a team; the team above it: grant write, and maintain on acme/app
colin      r     .      .     .      w      w     .    r    -    outside collaborator: write on acme/app
trish      r     .      r     .      r      r     .    r    o    member; triage on acme/app
may        r     .      r     .      w      w     .    r    o    member; maintain on acme/app
abe        r     .      r     .      a      a     .    r    o    member; admin on acme/app (P-6)
bea        r     .      r     .      .      r     .    r    -    member of beta (P-18)
greg       w     .      .     .      .      .     .    r    -    no member; grant write on everything of acme (P-9)
owen       a     a      a     a      a      a     .    r    o    owner of acme (P-4)
ulla       r     .      .     .      .      .     a    a    u    owner of what is hers (P-4)
fred       r     .      .     .      .      .     w    w    -    grant write on both of ulla's (P-8)
root       a     a      a     a      a      a     a    a    ou   site administrator
wf-app     r     .      r     .      w      w     .    r    o    workflow of acme/app (A-10, P-11, P-26)
wf-fork    r     .      r     .      r      r     .    r    -    workflow of acme/app whose job asked to read (A-9)
wf-other   w     r      r     r      r      r     .    r    o    workflow of acme/other; Actions access: write on open, read on the others (P-24)
wf-robot   a     a      a     a      a      a     .    r    o    workflow of acme/robot; Actions access admin (A-11)
wf-beta    r     .      r     .      .      r     .    r    -    workflow of beta/thing (P-26)
`;

/** Classic tokens by their scopes and fine-grained ones by their limits, and which actions they let through. */
export const credentials = {
  full: { scopes: ['read:packages', 'write:packages', 'delete:packages'], acme: 'rwda', ulla: 'rwda' },
  reading: { scopes: ['read:packages'], acme: 'r', ulla: 'r' },
  writing: { scopes: ['write:packages'], acme: 'rwa', ulla: 'rwa' },
  deleting: { scopes: ['delete:packages'], acme: 'd', ulla: 'd' },
  others: { scopes: ['repo', 'read:org', 'user'], acme: '', ulla: '' },
  'fine-all': { limits: ['acme', null, ['read', 'write', 'delete', 'admin']], acme: 'rwda', ulla: '' },
  'fine-write': { limits: ['acme', ['@acme/*'], ['write']], acme: 'rw', ulla: '' },
  'fine-delete': { limits: ['acme', null, ['delete']], acme: 'd', ulla: '' },
  'fine-secret': { limits: ['acme', ['@acme/SECRET'], ['read']], acme: 'r', ulla: '', only: 'secret' },
  'fine-ulla': { limits: ['ulla', ['*'], ['read', 'write']], acme: '', ulla: 'rw' },
} as const;
export type CredentialKey = keyof typeof credentials;

/** Who has all of those; everybody else has `full`. Workflows have their own kind. */
export const holders: readonly string[] = ['mia', 'wren', 'tess', 'owen', 'root', 'ulla'];

/** What is done, as which action of the specification, and what the registry answers when it is allowed. */
export const operations = {
  document: { action: 'r', success: 200 },
  visibility: { action: 'r', success: 200 },
  publish: { action: 'w', success: 201 },
  tag: { action: 'w', success: 200 },
  deprecate: { action: 'w', success: 201 },
  /** With a revision that is not the present one: who may is told of the conflict, and nothing is lost. */
  unpublish: { action: 'd', success: 409 },
  /** With a body that means nothing: who may is told that. */
  access: { action: 'a', success: 400 },
} as const;
export type OperationKey = keyof typeof operations;
export type Action = (typeof operations)[OperationKey]['action'];

export interface Row {
  readonly who: string;
  readonly credential: CredentialKey;
  readonly package: PackageKey;
  readonly operation: OperationKey;
  readonly right: Right;
  readonly mayCreate: boolean;
  readonly expected: number;
}

export interface Person {
  readonly who: string;
  readonly rights: Readonly<Record<PackageKey, Right>>;
  readonly creates: Readonly<Record<'acme' | 'ulla', boolean>>;
}

/** The table of rights, taken apart. */
export function readPeople(): Person[] {
  const [header = '', ...lines] = rights.trim().split('\n');
  const columns = header.trim().split(/\s+/).slice(0, -1) as PackageKey[];
  return lines.map((line) => {
    const [who = '', ...cells] = line.trim().split(/\s+/);
    const letters = columns.map((column, i) => [column, cells[i] as Right] as const);
    const creates = cells[columns.length] ?? '';
    return {
      who,
      rights: Object.fromEntries(letters) as Person['rights'],
      creates: { acme: creates.includes('o'), ulla: creates.includes('u') },
    };
  });
}

/** Actions that a right includes: `d` is to delete. */
export const reach: Readonly<Record<Right, string>> = { '.': '', r: 'r', w: 'rw', a: 'rwda' };

/** Which actions the credential lets through for this package; public ones are readable with any. */
export function actionsOf(who: string, credential: CredentialKey, key: PackageKey): string {
  const limit = credentials[credential];
  const isInReach = !('only' in limit) || limit.only === key;
  const lets = isInReach ? limit[packages[key].owner] : '';
  // The job of wf-fork asked to read: its token lets nothing else through, whatever it is about.
  const kept = who === 'wf-fork' ? lets.replace(/[^r]/g, '') : lets;
  return packages[key].visibility === 'public' ? `r${kept}` : kept;
}

/** Statuses of section 12: 401 without a credential; 403 with one that is too weak for what is visible; otherwise 404. */
export function expectedStatus(
  { who, rights: of, creates }: Person,
  credential: CredentialKey,
  key: PackageKey,
  operation: OperationKey,
): number {
  const { action, success } = operations[operation];
  const right = of[key];
  if (who === 'nobody') return action === 'r' && right === 'r' ? success : 401;
  const lets = actionsOf(who, credential, key);
  if (!lets.includes(action)) return 403;
  if (reach[right].includes(action)) return success;
  const isVisible = right !== '.' && lets.includes('r');
  if (isVisible) return 403;
  return action === 'w' && !creates[packages[key].owner] ? 403 : 404;
}

/** Every row of the matrix. */
export function expandRows(): Row[] {
  const rows: Row[] = [];
  for (const person of readPeople()) {
    const held = holders.includes(person.who)
      ? (Object.keys(credentials) as CredentialKey[])
      : ['full' as const];
    for (const credential of held)
      for (const key of Object.keys(packages) as PackageKey[])
        for (const operation of Object.keys(operations) as OperationKey[])
          rows.push({
            ...{ who: person.who, credential, package: key, operation },
            right: person.rights[key],
            mayCreate: person.creates[packages[key].owner],
            expected: expectedStatus(person, credential, key, operation),
          });
  }
  return rows;
}
