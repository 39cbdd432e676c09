import { createHash, randomBytes } from 'node:crypto';
import { workflowAccount } from '@packhouse/contracts';
import { hashToken, newId, newTokenText } from '@packhouse/kernel';
import { Client } from 'pg';
import { buildVersion, putVersion, type RunningPlatform } from '../../src';
import {
  credentials,
  holders,
  packages,
  readPeople,
  type CredentialKey,
  type PackageKey,
} from './permission-table';

/** Texts of tokens and of sessions, by `who credential`. */
export type Tokens = Readonly<Record<string, string>>;

/** How the second package of each kind is called, which is there to be deleted and restored. */
export const goneName = (key: PackageKey): string => `${packages[key].name}-gone`;

const members = ['mia', 'reed', 'wren', 'addy', 'tess', 'trish', 'may', 'abe'];
const workflows: Readonly<Record<string, { repository: string; role: 'read' | 'write' }>> = {
  'wf-app': { repository: 'acme/app', role: 'write' },
  'wf-fork': { repository: 'acme/app', role: 'read' },
  'wf-other': { repository: 'acme/other', role: 'write' },
  'wf-robot': { repository: 'acme/robot', role: 'write' },
  'wf-beta': { repository: 'beta/thing', role: 'write' },
};
const grants = { reed: 'read', wren: 'write', addy: 'admin', greg: 'write' } as const;

/**
 * Makes the world of the table in the database of a platform that was started on it: accounts, tokens and roles as
 * rows, packages by publishing them, and then who has which access. The platform is stopped afterwards, so that what
 * it remembers is of no matter.
 */
export class PermissionWorld {
  private readonly ids = new Map<string, string>();
  private readonly texts: Record<string, string> = {};
  private readonly later = new Date(Date.now() + 7 * 86_400_000);

  private constructor(private readonly database: Client) {}

  /** `withGone`: of each kind of package two, the second with {@link goneName}. */
  static async make(
    databaseUrl: string,
    platform: RunningPlatform,
    { withGone = false } = {},
  ): Promise<Tokens> {
    const database = new Client({ connectionString: databaseUrl });
    await database.connect();
    try {
      const world = new PermissionWorld(database);
      await world.makeAccounts(platform.adminLogin);
      await world.makeRepositories();
      await world.makeTokens();
      await world.makeSessions();
      const registry = `${platform.url}/_registry/npm`;
      for (const key of Object.keys(packages) as PackageKey[])
        for (const name of [packages[key].name, ...(withGone ? [goneName(key)] : [])])
          await world.giveAccess(key, await world.publish(registry, key, name));
      return world.texts;
    } finally {
      await database.end();
    }
  }

  private idOf(name: string): string {
    const known = this.ids.get(name);
    if (known) return known;
    const made = newId();
    this.ids.set(name, made);
    return made;
  }

  private async insert(table: string, columns: string, ...values: unknown[]): Promise<void> {
    const places = values.map((_, i) => `$${i + 1}`).join(', ');
    await this.database.query(`INSERT INTO ${table} (${columns}) VALUES (${places})`, values);
  }

  private async makeAccounts(adminLogin: string): Promise<void> {
    const { rows } = await this.database.query<{ id: string }>(
      'SELECT id FROM auth.accounts WHERE login = $1',
      [adminLogin],
    );
    this.ids.set('root', rows[0]!.id);
    const now = new Date();
    const enterprise = this.idOf('enterprise');
    const columns = 'id, slug, slug_key, name, created_at';
    await this.insert('auth.enterprises', columns, enterprise, 'corp', 'corp', 'Corp', now);
    const account = (kind: string, login: string, of: string | null): Promise<void> =>
      this.insert(
        'auth.accounts',
        'id, kind, login, login_key, enterprise_id, created_at, updated_at',
        ...[this.idOf(login), kind, login, login, of, now, now],
      );
    for (const login of ['acme', 'beta']) await account('organization', login, enterprise);
    for (const { who } of readPeople())
      if (who !== 'nobody' && who !== 'root' && !(who in workflows)) await account('user', who, null);
    const member = (organization: string, login: string, role: string): Promise<void> =>
      this.insert(
        'auth.memberships',
        'organization_id, account_id, role',
        ...[this.idOf(organization), this.idOf(login), role],
      );
    for (const login of members) await member('acme', login, 'member');
    await member('acme', 'owen', 'owner');
    await member('beta', 'bea', 'member');
    for (const team of ['above', 'below'])
      await this.insert(
        'auth.teams',
        'id, organization_id, parent_id, name, slug, created_at, updated_at',
        ...[this.idOf(team), this.idOf('acme'), team === 'below' ? this.idOf('above') : null],
        ...[team, team, now, now],
      );
    const columnsOfMember = 'team_id, account_id, role';
    await this.insert('auth.team_members', columnsOfMember, this.idOf('below'), this.idOf('tess'), 'member');
  }

  private async makeRepositories(): Promise<void> {
    for (const full of ['acme/app', 'acme/other', 'acme/robot', 'beta/thing']) {
      const [owner = '', name = ''] = full.split('/');
      await this.insert(
        'auth.repositories',
        'id, owner_id, name, name_key, visibility, created_at',
        ...[this.idOf(full), this.idOf(owner), name, name, 'private', new Date()],
      );
    }
    const app = this.idOf('acme/app');
    const roles = { colin: 'write', trish: 'triage', may: 'maintain', abe: 'admin' };
    for (const [login, role] of Object.entries(roles))
      await this.insert(
        'auth.repository_collaborators',
        'repository_id, account_id, role',
        ...[app, this.idOf(login), role],
      );
    const columns = 'repository_id, team_id, role';
    await this.insert('auth.repository_teams', columns, app, this.idOf('above'), 'maintain');
  }

  private async makeTokens(): Promise<void> {
    for (const { who } of readPeople()) {
      if (who === 'nobody') continue;
      const workflow = workflows[who];
      if (workflow) {
        const [owner = ''] = workflow.repository.split('/');
        await this.makeToken(`${who} full`, workflowAccount.id, {
          kind: 'workflow',
          workflow: {
            ...{ ownerId: this.idOf(owner), repositoryId: this.idOf(workflow.repository) },
            role: workflow.role,
          },
        });
        continue;
      }
      const held = holders.includes(who) ? (Object.keys(credentials) as CredentialKey[]) : ['full' as const];
      for (const key of held) {
        const credential = credentials[key];
        const columns =
          'limits' in credential
            ? {
                kind: 'fine-grained',
                limits: {
                  ownerId: this.idOf(credential.limits[0]),
                  ...{ packages: credential.limits[1], actions: credential.limits[2] },
                },
              }
            : { kind: 'classic', scopes: [...credential.scopes] };
        await this.makeToken(`${who} ${key}`, this.idOf(who), columns);
      }
    }
  }

  private async makeToken(
    name: string,
    accountId: string,
    {
      kind,
      scopes = [],
      limits = null,
      workflow = null,
    }: { kind: string; scopes?: string[]; limits?: object | null; workflow?: object | null },
  ): Promise<void> {
    const text = newTokenText();
    this.texts[name] = text;
    await this.insert(
      'auth.tokens',
      'id, account_id, name, prefix, hash, scopes, kind, limits, workflow, created_at, expires_at',
      ...[newId(), accountId, name, text.slice(0, 8), hashToken(text), scopes, kind],
      ...[limits && JSON.stringify(limits), workflow && JSON.stringify(workflow), new Date(), this.later],
    );
  }

  /** Of people who have every kind of token: a browser that is signed in. */
  private async makeSessions(): Promise<void> {
    for (const who of holders) {
      const text = randomBytes(32).toString('base64url');
      this.texts[`${who} session`] = text;
      await this.insert(
        'auth.sessions',
        'id, account_id, hash, address, user_agent, created_at, last_used_at, idle_ends_at, ends_at',
        ...[newId(), this.idOf(who), createHash('sha256').update(text).digest('hex'), '127.0.0.1', 'test'],
        ...[new Date(), new Date(), this.later, this.later],
      );
    }
  }

  /** Gives the id. */
  private async publish(registry: string, key: PackageKey, name: string): Promise<string> {
    const { owner, visibility, linked, inherits } = packages[key];
    const built = await buildVersion({
      manifest: { name, version: '1.0.0' },
      files: new Map([['package.json', { content: JSON.stringify({ name, version: '1.0.0' }) }]]),
    });
    const token = this.texts[owner === 'acme' ? 'owen full' : 'ulla full']!;
    const answer = await putVersion(registry, token, built, {
      access: visibility === 'public' ? 'public' : 'restricted',
    });
    if (answer.status !== 201) throw new Error(`Publishing ${name}: ${answer.status} ${await answer.text()}`);
    const { rows } = await this.database.query<{ id: string }>(
      'UPDATE metadata.package SET visibility = $2, repository_id = $3, inherits_access = $4 WHERE name = $1 RETURNING id',
      [name, visibility, linked ? this.idOf('acme/app') : null, inherits],
    );
    await this.database.query('DELETE FROM auth.grants WHERE package_id = $1', [rows[0]!.id]);
    return rows[0]!.id;
  }

  private async giveAccess(key: PackageKey, packageId: string): Promise<void> {
    const { owner } = packages[key];
    const columns = 'package_id, owner_id, role';
    const of = [packageId, this.idOf(owner)];
    if (owner === 'ulla') {
      await this.insert('auth.grants', `${columns}, account_id`, ...of, 'write', this.idOf('fred'));
      return;
    }
    for (const [login, role] of Object.entries(grants))
      await this.insert('auth.grants', `${columns}, account_id`, ...of, role, this.idOf(login));
    await this.insert('auth.team_grants', `${columns}, team_id`, ...of, 'write', this.idOf('above'));
    const access = { 'acme/other': key === 'open' ? 'write' : 'read', 'acme/robot': 'admin' };
    for (const [repository, role] of Object.entries(access))
      await this.insert(
        'auth.workflow_grants',
        `${columns}, repository_id`,
        ...of,
        role,
        this.idOf(repository),
      );
  }
}
