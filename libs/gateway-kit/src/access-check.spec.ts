import {
  factKey,
  type AuthClient,
  type Decision,
  type PackageFacts,
  type Principal,
  type RequestOf,
  type authContract,
} from '@packhouse/contracts';
import { newId } from '@packhouse/kernel';
import type { Invalidations } from '@packhouse/messaging';
import { AccessCheck } from './access-check';
import type { Caller } from './caller';

const owner = { id: newId(), login: 'acme', kind: 'organization' } as const;
let announce: (keys: readonly string[]) => void;
const invalidations = {
  maxAgeMs: 60_000,
  subscribe: (listener: typeof announce) => (announce = listener),
} as unknown as Invalidations;

function callerOf(principal: Partial<Principal> | null): Caller {
  const all = { accountId: newId(), tokenId: null, scopes: null, limits: null, workflow: null, ...principal };
  return { principal: principal && (all as Principal), tokenHash: null } as unknown as Caller;
}

function factsOf(name: string): PackageFacts {
  const links = { scope: 'owner', repositoryId: null, inheritsAccess: false };
  return {
    ...{
      id: newId(),
      number: 1,
      format: 'toy',
      ownerId: owner.id,
      name,
      nameKey: name,
      visibility: 'private',
    },
    ...{ ...links, revision: 1, createdAt: '', updatedAt: '' },
  } as PackageFacts;
}

/** A permission service that answers always the same, and counts its questions. */
function checkWith(decision: Decision): { access: AccessCheck; questions: () => number } {
  let asked = 0;
  const decide = (_request: RequestOf<typeof authContract, 'decide'>): Promise<Decision> => {
    asked += 1;
    return Promise.resolve(decision);
  };
  return {
    access: new AccessCheck({ decide } as unknown as AuthClient, invalidations),
    questions: () => asked,
  };
}

describe('asking the permission service', () => {
  const place = { format: 'toy', owner, name: 'free' };

  it.each(['unauthenticated', 'not_found', 'forbidden'] as const)(
    'costs as many questions for a hidden package as for a free name (%s)',
    async (code) => {
      const { access, questions } = checkWith({ allowed: false, code, reason: 'No.' });
      const caller = callerOf(code === 'unauthenticated' ? null : {});
      const hidden = factsOf('hidden');
      for (let time = 0; time < 3; time += 1)
        await expect(access.require(caller, 'read', owner, hidden)).rejects.toMatchObject({ code });
      expect(questions()).toBe(3);
      for (let time = 0; time < 3; time += 1)
        await expect(access.requireUnseen(caller, 'read', place)).rejects.toMatchObject({ code });
      expect(questions()).toBe(6);
    },
  );

  it('costs one question for who may, however often', async () => {
    const { access, questions } = checkWith({ allowed: true, rule: 'Yes.' });
    const [caller, facts] = [callerOf({}), factsOf('shown')];
    for (let time = 0; time < 3; time += 1) await access.require(caller, 'read', owner, facts);
    expect(questions()).toBe(1);
  });

  it('costs one question for who may make a package, until something behind the answer changes', async () => {
    const { access, questions } = checkWith({ allowed: true, rule: 'Yes.' });
    const caller = { ...callerOf({}), tokenHash: 'hash' };
    const create = async () => {
      for (let time = 0; time < 3; time += 1) await access.requireCreate(caller, place);
      return questions();
    };
    expect(await create()).toBe(1);
    const keys = [
      factKey.account(owner.id),
      factKey.account(caller.principal?.accountId ?? ''),
      factKey.token('hash'),
      factKey.formatPolicy('toy'),
    ];
    for (const [index, key] of keys.entries()) {
      announce([key]);
      expect(await create()).toBe(index + 2);
    }
    await access.requireCreate(caller, { ...place, newVisibility: 'public' });
    await access.requireCreate(caller, { ...place, name: 'other' });
    await access.requireCreate({ ...caller, tokenHash: 'another' }, place);
    expect(questions()).toBe(8);
  });
});
