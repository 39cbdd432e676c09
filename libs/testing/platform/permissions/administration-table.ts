/**
 * What is not about one package: the audit log, policies, tokens of jobs, and what site administrators do. From the
 * specification: P-15, P-23 (owners of the organization), R-4 (administrators), section 8 (organizations have a log).
 */
import { expandCallers, type ApiCredential } from './api-table';
import { credentials } from './permission-table';

interface Administration {
  readonly method: 'GET' | 'PATCH' | 'PUT';
  readonly path: string;
  readonly body?: object;
  /** What a classic token must have one of. */
  readonly needs: readonly string[];
  /** Who may, of those that have a session; others get `refused`, or what `instead` says. */
  readonly allowed: readonly string[];
  readonly refused: number;
  readonly instead?: Readonly<Record<string, number>>;
}

const audit = ['read:audit_log', 'site_admin'];
const ours = '/api/packhouse/v1';
const onlyRoot = { method: 'GET', needs: ['site_admin'], allowed: ['root'], refused: 403 } as const;
const members = ['mia', 'wren', 'tess', 'owen', 'root'];

export const administrations = {
  organizationAudit: {
    ...{ method: 'GET', path: '/api/v3/orgs/acme/audit-log', needs: [...audit, 'admin:org'] },
    ...{ allowed: ['owen', 'root'], refused: 403 },
  },
  audit: {
    ...{ method: 'GET', path: `${ours}/audit-log?owner=acme`, needs: audit },
    ...{ allowed: ['owen', 'root'], refused: 403 },
  },
  auditExport: {
    ...{ method: 'GET', path: `${ours}/audit-log/export?owner=acme`, needs: audit },
    ...{ allowed: ['owen', 'root'], refused: 403 },
  },
  // People keep their own log to themselves.
  auditOfUser: {
    ...{ method: 'GET', path: `${ours}/audit-log?owner=ulla`, needs: audit },
    ...{ allowed: ['ulla', 'root'], refused: 404 },
  },
  wholeAudit: { ...onlyRoot, path: `${ours}/audit-log`, needs: audit },
  readPolicy: {
    ...{ method: 'GET', path: `${ours}/organizations/acme/policy`, needs: ['read:org'] },
    ...{ allowed: members, refused: 403 },
  },
  setPolicy: {
    ...{ method: 'PATCH', path: `${ours}/organizations/acme/policy`, body: { createPublic: true } },
    ...{ needs: ['admin:org'], allowed: ['owen', 'root'], refused: 403 },
  },
  storage: {
    ...{ method: 'GET', path: `${ours}/owners/acme/storage`, needs: ['read:org', 'user', 'site_admin'] },
    ...{ allowed: ['owen', 'root'], refused: 403 },
  },
  storageOfUser: {
    ...{ method: 'GET', path: `${ours}/owners/ulla/storage`, needs: ['read:org', 'user', 'site_admin'] },
    ...{ allowed: ['ulla', 'root'], refused: 403 },
  },
  limitStorage: {
    ...{ method: 'PUT', path: `${ours}/owners/acme/storage`, body: { limitBytes: null } },
    ...{ needs: ['site_admin'], allowed: ['root'], refused: 403 },
  },
  // acme/app is private: its members read it, and ulla does not know of it.
  jobTokens: {
    ...{ method: 'GET', path: `${ours}/repositories/acme/app/workflow-tokens`, needs: ['repo'] },
    ...{ allowed: ['owen', 'root'], refused: 403, instead: { ulla: 404 } },
  },
  formatPolicies: { ...onlyRoot, path: `${ours}/format-policies` },
  enterprises: { ...onlyRoot, path: `${ours}/enterprises` },
  retiredNames: { ...onlyRoot, path: `${ours}/retired-names` },
} as const satisfies Record<string, Administration>;
export type AdministrationKey = keyof typeof administrations;

export interface AdministrationRow {
  readonly who: string;
  readonly credential: ApiCredential;
  readonly administration: AdministrationKey;
  readonly expected: number;
}

function isScoped(credential: ApiCredential, needs: readonly string[]): boolean {
  if (credential === 'session' || credential === 'forged') return true;
  const kind = credentials[credential];
  return 'scopes' in kind && needs.some((scope) => (kind.scopes as readonly string[]).includes(scope));
}

function expectedFor(who: string, credential: ApiCredential, key: AdministrationKey): number {
  const { method, needs, allowed, refused, instead } = administrations[key] as Administration;
  if (who === 'nobody') return 401;
  if (credential === 'forged' && method !== 'GET') return 403;
  // Tokens of other kinds reach packages only, and a classic one needs its scope.
  if (who.startsWith('wf-') || !isScoped(credential, needs)) return 403;
  return allowed.includes(who) ? 200 : (instead?.[who] ?? refused);
}

/** Every row of this table. */
export function expandAdministrationRows(): AdministrationRow[] {
  return expandCallers().flatMap(({ person: { who }, credential }) =>
    (Object.keys(administrations) as AdministrationKey[]).map((administration) => ({
      ...{ who, credential, administration },
      expected: expectedFor(who, credential, administration),
    })),
  );
}
