import { Injectable } from '@nestjs/common';
import { authContract, metadataContract, type AuthClient, type MetadataClient } from '@packhouse/contracts';
import { MINUTE } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import { LRUCache } from 'lru-cache';

/** What the log writes of a package beside its id. */
export interface KnownPackage {
  readonly ownerId: string;
  readonly name: string;
  readonly format: string;
  readonly repositoryId: string | null;
}

export interface KnownRepository {
  readonly ownerId: string;
  readonly fullName: string;
}

/** Names of what events tell by id, asked of their owners. What is gone has none any more. */
@Injectable()
export class KnownNames {
  /** Names change rarely; an entry of the minute after a rename may still show the old one. */
  private readonly logins = new LRUCache<string, string>({ max: 10_000, ttl: MINUTE });

  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
  ) {}

  async findLogin(accountId: string): Promise<string | null> {
    const known = this.logins.get(accountId);
    if (known !== undefined) return known;
    const { accounts } = await this.auth.getAccounts({ ids: [accountId] });
    const login = accounts[0]?.login ?? null;
    if (login !== null) this.logins.set(accountId, login);
    return login;
  }

  /** From an event that says it. */
  noteLogin(accountId: string, login: string): void {
    this.logins.set(accountId, login);
  }

  async findPackage(packageId: string): Promise<KnownPackage | null> {
    const { packages } = await this.metadata.getPackages({ ids: [packageId] });
    return packages[0] ?? null;
  }

  /** Names by id, at most 500; what is gone has none. */
  async findRepositoryNames(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (ids.length === 0) return new Map();
    const { repositories } = await this.auth.getRepositories({ ids: [...ids] });
    return new Map(repositories.map(({ id, ownerLogin, name }) => [id, `${ownerLogin}/${name}`]));
  }

  async findRepository(repositoryId: string): Promise<KnownRepository | null> {
    const { repositories } = await this.auth.getRepositories({ ids: [repositoryId] });
    const found = repositories[0];
    return found ? { ownerId: found.ownerId, fullName: `${found.ownerLogin}/${found.name}` } : null;
  }
}
