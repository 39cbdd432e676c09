import { Inject, Injectable } from '@nestjs/common';
import {
  authContract,
  factKey,
  type Account,
  type AuthClient,
  type Principal,
  type Repository,
} from '@packhouse/contracts';
import { FactCache } from '@packhouse/gateway-kit';
import { InjectClient, INVALIDATIONS, type Invalidations, type ReadFact } from '@packhouse/messaging';
import { toMinimalRepository, type MinimalRepository } from '../rest/serialisers/minimal-repository';
import { WrittenJson } from '../rest/written-json';

/** A repository takes about 5 KB. */
const MAX_KEPT = 6000;

type Shown = WrittenJson<MinimalRepository>;

/** Repositories that packages are linked to, as answers show them: written once, until they change. */
@Injectable()
export class LinkedRepositories {
  private readonly cache: FactCache<Shown>;

  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    @Inject(INVALIDATIONS) invalidations: Invalidations,
  ) {
    this.cache = new FactCache(invalidations, { max: MAX_KEPT });
  }

  /** Of an owner's repositories those that the reader may know of, by id: a package may be seen by others too. */
  async find(
    ids: readonly string[],
    principal: Principal,
    { owner, base }: { owner: Account; base: string },
  ): Promise<ReadonlyMap<string, Shown>> {
    if (ids.length === 0) return new Map();
    const seen = await this.auth.filterReadableRepositories({ principal, ids: [...ids] });
    // The owner was looked up before: another login is another text.
    const nameOf = (id: string): string => `${id} ${owner.login} ${base}`;
    const wanted = new Map(seen.ids.map((id) => [nameOf(id), id]));
    const found = await this.cache.findMany([...wanted.keys()], async (missing) => {
      const { repositories } = await this.auth.getRepositories({
        ids: missing.map((name) => wanted.get(name)!),
      });
      return new Map(repositories.map((one) => [nameOf(one.id), this.write(one, owner, base)]));
    });
    return new Map([...wanted.values()].flatMap((id, i) => (found[i] ? [[id, found[i]] as const] : [])));
  }

  private write(repository: Repository, owner: Account, base: string): ReadFact<Shown> {
    const value = WrittenJson.of(toMinimalRepository(repository, owner, base));
    return { value, keys: [factKey.repository(repository.id), factKey.account(owner.id)] };
  }
}
