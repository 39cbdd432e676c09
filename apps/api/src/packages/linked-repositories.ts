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
import { InjectClient, INVALIDATIONS, type Invalidations } from '@packhouse/messaging';
import { toMinimalRepository, type MinimalRepository } from '../rest/serialisers/minimal-repository';
import { WrittenJson } from '../rest/written-json';

/** A repository takes about 5 KB. */
const MAX_KEPT = 6000;

type Shown = WrittenJson<MinimalRepository>;

/** Repositories that packages are linked to, as answers show them: written once, until they change. */
@Injectable()
export class LinkedRepositories {
  private readonly cache: FactCache<Shown | null>;

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
    const read = this.reader();
    const found = seen.ids.map(async (id) => {
      // The owner was looked up before: another login is another text.
      const shown = await this.cache.get(`${id} ${owner.login} ${base}`, async () => {
        const repository = await read(id);
        const value = repository ? WrittenJson.of(toMinimalRepository(repository, owner, base)) : null;
        return { value, keys: [factKey.repository(id), factKey.account(owner.id)] };
      });
      return shown ? [[id, shown] as const] : [];
    });
    return new Map((await Promise.all(found)).flat());
  }

  /** Asks once for all that are wanted at the same time. */
  private reader(): (id: string) => Promise<Repository | undefined> {
    const wanted: string[] = [];
    let reading: Promise<ReadonlyMap<string, Repository>> | undefined;
    return async (id) => {
      wanted.push(id);
      reading ??= Promise.resolve().then(async () => {
        const { repositories } = await this.auth.getRepositories({ ids: wanted });
        return new Map(repositories.map((one) => [one.id, one]));
      });
      return (await reading).get(id);
    };
  }
}
