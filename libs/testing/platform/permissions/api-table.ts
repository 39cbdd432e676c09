/**
 * What the management APIs answer, written by hand from the specification like the table of rights: sections 2, 3
 * (P-1 to P-13), 4 (M-7, M-8, M-12 to M-19, M-26, G-9 to G-11) and question 11. Where those are silent, docs/permissions.md says
 * what was chosen.
 */
import {
  actionsOf,
  credentials,
  holders,
  packages,
  reach,
  readPeople,
  type CredentialKey,
  type PackageKey,
  type Person,
} from './permission-table';

/** As the registry's, and a browser that is signed in: with what proves its own page, and without (`forged`). */
export type ApiCredential = CredentialKey | 'session' | 'forged';

interface ApiOperation {
  /** The right that it takes: `r` read, `d` delete, `a` administer. */
  readonly action: 'r' | 'd' | 'a';
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Scopes that a classic token must have, all of them (A-5 to A-7, G-11). */
  readonly needs: readonly string[];
  /** Status of success; of GraphQL `ok` or the type of the failure. */
  readonly success: number | string;
  /** With every kind of credential; otherwise with those of {@link fewCredentials}. */
  readonly everyCredential?: boolean;
  /** About the package of the kind that is deleted. */
  readonly ofGone?: true;
  readonly graph?: true;
}

const reads = ['read:packages'];
const deletes = ['read:packages', 'delete:packages'];
const writes = ['read:packages', 'write:packages'];

const read = { action: 'r', method: 'GET', needs: reads, success: 200 } as const;
const remove = { action: 'd', method: 'DELETE', needs: deletes, success: 204 } as const;
/** Each package has one version left, so who may is told that the last one stays (M-4). */
const removeLast = { ...remove, success: 400 } as const;
const restore = { action: 'a', method: 'POST', needs: writes, success: 204 } as const;
const give = { action: 'a', method: 'PUT', needs: writes, success: 204 } as const;
const take = { ...give, method: 'DELETE' } as const;
const change = { ...give, success: 200 } as const;
const graph = { method: 'POST', graph: true, everyCredential: true } as const;

export const apiOperations = {
  // GitHub's routes, below /orgs/{org} and /users/{username}.
  show: { ...read, everyCredential: true },
  listVersions: read,
  showVersion: read,
  remove: { ...remove, everyCredential: true },
  removeVersion: { ...removeLast, everyCredential: true },
  restore: { ...restore, ofGone: true },
  restoreVersion: { ...restore, everyCredential: true },
  // The same below /user.
  showMine: read,
  removeMine: { ...remove, everyCredential: true },
  removeMyVersion: removeLast,
  restoreMine: { ...restore, ofGone: true },
  restoreMyVersion: restore,
  // Our own.
  ownShow: read,
  downloads: read,
  blastRadius: { ...read, action: 'd' },
  listAccess: { ...read, action: 'a' },
  why: { ...read, action: 'a', needs: [] },
  setVisibility: { ...change, everyCredential: true },
  inherit: change,
  link: change,
  unlink: { ...change, method: 'DELETE' },
  grantPerson: give,
  takePerson: take,
  grantTeam: give,
  takeTeam: take,
  grantWorkflows: give,
  takeWorkflows: take,
  ownRemove: remove,
  ownRemoveVersion: removeLast,
  // GraphQL.
  node: { ...graph, action: 'r', needs: reads, success: 'ok' },
  versionNode: { ...graph, everyCredential: false, action: 'r', needs: reads, success: 'ok' },
  graphRemove: { ...graph, action: 'd', needs: deletes, success: 'UNPROCESSABLE' },
} as const satisfies Record<string, ApiOperation>;
export type ApiOperationKey = keyof typeof apiOperations;

export interface ApiRow {
  readonly who: string;
  readonly credential: ApiCredential;
  readonly package: PackageKey;
  readonly operation: ApiOperationKey;
  /** A status; of GraphQL, if it is not refused as a whole, `ok` or the type of the failure. */
  readonly expected: number | string;
  /** It is allowed and changes something. */
  readonly changes: boolean;
}

const everyCredential = [...Object.keys(credentials), 'session', 'forged'] as ApiCredential[];
const fewCredentials: readonly ApiCredential[] = ['full', 'reading', 'session'];
const ofGroups = (key: PackageKey): boolean => packages[key].owner === 'acme';
const isMine = (operation: ApiOperationKey): boolean => /Mine$|^\w+My[A-Z]/.test(operation);

/** What a credential lets through for a package. A session is limited by nothing but its account. */
function letsOf(who: string, credential: ApiCredential, key: PackageKey, ofGone = false): string {
  if (credential === 'session' || credential === 'forged') return 'rwda';
  // Its one name is not that of the package that is gone.
  if (ofGone && credential === 'fine-secret') return '';
  return actionsOf(who, credential, key);
}

function lacksScope(credential: ApiCredential, needs: readonly string[]): boolean {
  if (credential === 'session' || credential === 'forged') return false;
  const kind = credentials[credential];
  if (!('scopes' in kind)) return false;
  const has = (scope: string): boolean => (kind.scopes as readonly string[]).includes(scope);
  // `write:packages` contains `read:packages`.
  return needs.some((scope) => !has(scope) && !(scope === 'read:packages' && has('write:packages')));
}

interface Question {
  readonly person: Person;
  readonly credential: ApiCredential;
  readonly key: PackageKey;
  readonly operation: ApiOperationKey;
}
type Expected = number | string | null;

/** The answer; null where the row would say nothing or undo what the world is made of. */
export function expectedAnswer(question: Question): Expected {
  const { key, operation } = question;
  if (isMine(operation) && ofGroups(key)) return null;
  return refusedBeforehand(question) ?? refusedBelowUser(question) ?? expectedByRight(question);
}

/** Whatever the package is; null: not refused. */
function refusedBeforehand({ person: { who }, credential, operation }: Question): Expected {
  const { method, needs, graph: isGraph } = apiOperations[operation] as ApiOperation;
  if (who === 'nobody') return 401;
  // A page of somebody else may read nothing of the answer, and change nothing at all.
  if (credential === 'forged' && method !== 'GET') return 403;
  // A workflow is nobody's account: it has no packages of its own.
  if (isMine(operation) && who.startsWith('wf-')) return 403;
  if (!lacksScope(credential, needs)) return null;
  return isGraph ? 'INSUFFICIENT_SCOPES' : 403;
}

/** Below /user everybody but ulla asks for what is not there; null: she asks. */
function refusedBelowUser({ person: { who }, credential, operation }: Question): Expected {
  if (!isMine(operation) || who === 'ulla') return null;
  return credential.startsWith('fine') ? 403 : 404;
}

function expectedByRight(question: Question): Expected {
  const { person, credential, key, operation } = question;
  const { action, success, ofGone, graph: isGraph } = apiOperations[operation] as ApiOperation;
  const right = person.rights[key];
  const lets = letsOf(person.who, credential, key, ofGone);
  const isSeen = right !== '.' && lets.includes('r');
  const isStrong = lets.includes('r') && lets.includes(action);
  const isAllowed = isSeen && isStrong && reach[right].includes(action);
  if (isAllowed) return isGraph ? success : allowedAnswer(question, success);
  if (isGraph) return isSeen ? 'FORBIDDEN' : 'NOT_FOUND';
  // Of a credential that may not read everybody is told, alike for what is hidden and what is not there.
  return isSeen || !lets.includes('r') ? 403 : 404;
}

type Special = (who: string, key: PackageKey, success: number | string) => Expected;

/** Not while the access of the repository counts (P-13). */
const toPeople: Special = (_who, key, success) => (packages[key].inherits ? 403 : success);
/** Packages of people go to people only (P-8). */
const toTeams: Special = (who, key, success) => (ofGroups(key) ? toPeople(who, key, success) : 404);
/** The repository must be one that the caller may see: a workflow sees its own. */
const toWorkflows: Special = (who, key, success) =>
  !ofGroups(key) ? null : who === 'wf-robot' ? 404 : success;

/** What admins are told besides success. */
const specials: Partial<Record<ApiOperationKey, Special>> = {
  grantPerson: toPeople,
  takePerson: toPeople,
  grantTeam: toTeams,
  takeTeam: toTeams,
  grantWorkflows: toWorkflows,
  takeWorkflows: toWorkflows,
  // Linking takes the role write on the repository besides; addy only reads it.
  link: (who, key, success) => (who === 'addy' ? 403 : toWorkflows(who, key, success)),
  unlink: (_who, key, success) => (packages[key].inherits ? null : success),
};

function allowedAnswer({ person: { who }, key, operation }: Question, success: number | string): Expected {
  const special = specials[operation];
  return special ? special(who, key, success) : success;
}

/** Every row of the matrix of the management APIs. */
export function expandApiRows(): ApiRow[] {
  const rows: ApiRow[] = [];
  for (const person of readPeople())
    for (const operation of Object.keys(apiOperations) as ApiOperationKey[]) {
      const { everyCredential: isEvery, method } = apiOperations[operation] as ApiOperation;
      const held = isEvery === true ? everyCredential : fewCredentials;
      for (const credential of holders.includes(person.who) ? held : (['full'] as const))
        for (const key of Object.keys(packages) as PackageKey[]) {
          const expected = expectedAnswer({ person, credential, key, operation });
          if (expected === null) continue;
          const changes = method !== 'GET' && (expected === 200 || expected === 204);
          rows.push({ who: person.who, credential, package: key, operation, expected, changes });
        }
    }
  return rows;
}

/** Packages of an owner that a list shows to somebody (M-25); a status or type where the list is refused. */
export function expectedList(
  { who, rights }: Person,
  credential: ApiCredential,
  owner: 'acme' | 'ulla',
): PackageKey[] | 'no credential' | 'no scope' {
  if (who === 'nobody') return 'no credential';
  if (lacksScope(credential, reads)) return 'no scope';
  const keys = Object.keys(packages) as PackageKey[];
  return keys.filter(
    (key) =>
      packages[key].owner === owner && rights[key] !== '.' && letsOf(who, credential, key).includes('r'),
  );
}

/** Everybody with every credential that they have. */
export function expandCallers(): Array<{ person: Person; credential: ApiCredential }> {
  return readPeople().flatMap((person) =>
    (holders.includes(person.who) ? everyCredential : (['full'] as const)).map((credential) => ({
      person,
      credential,
    })),
  );
}
