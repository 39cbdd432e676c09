import { Inject, Injectable } from '@nestjs/common';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import { INVALIDATIONS, type Invalidations } from '@packhouse/messaging';
import type { EntityManager } from 'typeorm';
import { CommitAddressed } from './commit-addressed';
import { CommitNumbered } from './commit-numbered';
import type { CommitResponse, CommitRun, Committed } from './commit-plan';
import { checkCommit, checkExpected, checkNaming, type CommitRequest } from './commit-rules';
import { OpenCommit } from './open-commit';
import { RestoreRoom } from './restore-room';

/** Makes a version visible: all of it in one transaction, or nothing. */
@Injectable()
export class CommitVersion {
  constructor(
    @InjectDatabase('metadata') private readonly database: ServiceDatabase,
    @Inject(INVALIDATIONS) private readonly invalidations: Invalidations,
    private readonly opening: OpenCommit,
    private readonly numbered: CommitNumbered,
    private readonly addressed: CommitAddressed,
    private readonly room: RestoreRoom,
  ) {}

  async execute(request: CommitRequest): Promise<CommitResponse> {
    checkCommit(request);
    const { response, staleKeys } = await this.room.publish((roomFor) =>
      this.database.transaction((manager) =>
        this.commit(manager, request, { actor: request.actor, roomFor }),
      ),
    );
    if (staleKeys.length > 0) await this.invalidations.announce(staleKeys);
    return response;
  }

  /** The publish itself, in the caller's transaction, as `RestoreRoom.publish` runs it. */
  async commit(manager: EntityManager, request: CommitRequest, run: CommitRun): Promise<Committed> {
    const opened = await this.opening.open(manager, request);
    checkExpected(request.package, opened.isNew ? null : opened.before.id);
    checkNaming(request, opened.before);
    const path = request.contentAddressed ? this.addressed : this.numbered;
    return path.commit(manager, request, opened, run);
  }
}
