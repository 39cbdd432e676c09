import { Injectable } from '@nestjs/common';
import type { CallerFacts, SubjectFacts } from '@packhouse/access';
import type { AccessSubject, FormatState, Principal } from '@packhouse/contracts';
import { FormatStates } from './format-states';
import { Standings, type Standing } from './standings';

/** All that the rules look at. */
export interface Question {
  readonly caller: CallerFacts;
  readonly subject: SubjectFacts;
}

/** Gathers the facts of a question. A warm one costs no promise. */
@Injectable()
export class Questions {
  constructor(
    private readonly standings: Standings,
    private readonly formats: FormatStates,
  ) {}

  gather(principal: Principal | null, subject: AccessSubject): Question | Promise<Question> {
    const standing = this.standings.find(principal, subject);
    const states = this.formats.all();
    if (standing instanceof Promise || states instanceof Promise)
      return Promise.all([standing, states]).then(([known, all]) =>
        questionOf(principal, subject, known, all.get(subject.format)),
      );
    return questionOf(principal, subject, standing, states.get(subject.format));
  }
}

function questionOf(
  principal: Principal | null,
  subject: AccessSubject,
  { caller, ownerKind, creatable, repositoryVisibility }: Standing,
  formatState: FormatState = 'enabled',
): Question {
  const { ownerId, ownerLogin, name, format, scope, repositoryId } = subject;
  const stored = subject.package?.visibility ?? null;
  // What belongs to a repository is as visible as that, from the moment in which it changes (spec P-17).
  const isOfRepository = scope === 'repository';
  return {
    caller: { principal, ...caller },
    subject: {
      ...{ ownerId, ownerLogin, ownerKind, name, format, formatState, scope, repositoryId, creatable },
      inheritsAccess: subject.package?.inheritsAccess ?? false,
      visibility: isOfRepository && stored !== null ? (repositoryVisibility ?? stored) : stored,
      newVisibility: isOfRepository ? (repositoryVisibility ?? 'private') : subject.newVisibility,
    },
  };
}
