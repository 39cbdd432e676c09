import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import { INVALIDATIONS, type Invalidations } from '@packhouse/messaging';
import type { EntityManager } from 'typeorm';
import { CommitAddressed } from './commit-addressed';
import { CommitNumbered } from './commit-numbered';
import type { CommitResponse, Committed } from './commit-plan';
import { checkCommit, checkExpected, checkNaming, type CommitRequest } from './commit-rules';
import { OpenCommit } from './open-commit';

/** Makes a version visible: all of it in one transaction, or nothing. */
@Injectable()
export class CommitVersion {
  constructor(
    @InjectDatabase('metadata') private readonly database: ServiceDatabase,
    @Inject(INVALIDATIONS) private readonly invalidations: Invalidations,
    private readonly opening: OpenCommit,
    private readonly numbered: CommitNumbered,
    private readonly addressed: CommitAddressed,
  ) {}

  async execute(request: CommitRequest): Promise<CommitResponse> {
    checkCommit(request);
    const { response, staleKeys } = await this.database.transaction((manager) =>
      this.commit(manager, request, request.actor),
    );
    if (staleKeys.length > 0) await this.invalidations.announce(staleKeys);
    return response;
  }

  /** The publish itself, in the caller's transaction; `actor` causes it, the request's actor is its publisher. */
  async commit(manager: EntityManager, request: CommitRequest, actor: Actor): Promise<Committed> {
    const opened = await this.opening.open(manager, request);
    checkExpected(request.package, opened.isNew ? null : opened.before.id);
    checkNaming(request, opened.before);
    const path = request.contentAddressed ? this.addressed : this.numbered;
    return path.commit(manager, request, opened, actor);
  }
}
