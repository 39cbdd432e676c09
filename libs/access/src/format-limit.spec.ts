import type { PackageAction } from '@packhouse/contracts';
import { decideAccess } from './decide-access';
import { strangerFacts, type CallerFacts, type SubjectFacts } from './facts';

const ownerId = '01900000-0000-7000-8000-0000000000aa';
const everything: PackageAction[] = ['read', 'write', 'delete', 'admin'];

function owner(format: string | undefined): CallerFacts {
  const limits = { ownerId, packages: null, actions: everything, format };
  return {
    ...strangerFacts,
    isOwner: true,
    principal: { login: 'acme', siteAdmin: false, scopes: null, limits, workflow: null },
  };
}

function subject(format: string, visibility: SubjectFacts['visibility']): SubjectFacts {
  return {
    ...{ ownerId, ownerLogin: 'acme', ownerKind: 'user', name: 'lib', visibility, format },
    ...{ formatState: 'enabled', scope: 'owner', repositoryId: null, inheritsAccess: false },
    ...{ newVisibility: 'private', creatable: ['public', 'private', 'internal'] },
  };
}

describe('a token that is made for one format', () => {
  it('changes packages of that format, and those of others not, existing or to be made', () => {
    for (const visibility of ['private', 'public', null] as const) {
      const actions = visibility === null ? (['write'] as const) : (['write', 'delete', 'admin'] as const);
      for (const action of actions) {
        expect(decideAccess(action, owner('toy'), subject('toy', visibility)).allowed).toBe(true);
        const other = decideAccess(action, owner('toy'), subject('other', visibility));
        expect(other).toMatchObject({ allowed: false, code: 'forbidden' });
        expect(JSON.stringify(other)).toContain('another format');
      }
    }
  });

  it('reads whatever its owner may read, so that lists and decisions agree', () => {
    for (const format of ['toy', 'other'])
      expect(decideAccess('read', owner('toy'), subject(format, 'private')).allowed).toBe(true);
  });

  it('is one of many: without a format all of them are meant', () => {
    for (const format of ['toy', 'other'])
      expect(decideAccess('write', owner(undefined), subject(format, 'private')).allowed).toBe(true);
  });
});
