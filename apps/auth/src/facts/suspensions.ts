import { DomainError } from '@packhouse/kernel';

/** What a right credential of a suspended account is answered: who has it may know. */
export function suspendedSentence(login: string): string {
  return `The account "${login}" is suspended: ask a site administrator of this instance to lift that.`;
}

export function accountSuspended(login: string): DomainError {
  return new DomainError('forbidden', suspendedSentence(login));
}

/** Of a workflow: the person who made its token, or the owner of its repository. */
export function workflowSuspended(login: string): DomainError {
  return new DomainError(
    'forbidden',
    `This workflow token rests on the account "${login}", which is suspended: ask a site administrator of this instance to lift that.`,
  );
}
