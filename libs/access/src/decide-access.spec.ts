import {
  packageAction,
  packageRole,
  tokenScopes,
  visibility,
  type Decision,
  type TokenScope,
} from '@packhouse/contracts';
import { decideAccess } from './decide-access';
import { anonymousCaller, type CallerFacts, type SubjectFacts } from './facts';

const ownerId = '01900000-0000-7000-8000-00000000000a';

const actions = packageAction.options;
const roles = [null, ...packageRole.options];
const organizationRoles = [null, 'member', 'owner'] as const;
const visibilities = [null, ...visibility.options];
const scopeSets: Array<TokenScope[] | null> = [
  null,
  ...subsetsOf(['read:packages', 'write:packages', 'delete:packages', 'repo']),
];

function subsetsOf(scopes: TokenScope[]): TokenScope[][] {
  return scopes.reduce<TokenScope[][]>(
    (sets, scope) => [...sets, ...sets.map((set) => [...set, scope])],
    [[]],
  );
}

function caller(
  facts: Partial<Omit<CallerFacts, 'principal'>> & { scopes?: TokenScope[] | null; siteAdmin?: boolean } = {},
): CallerFacts {
  const { scopes = null, siteAdmin = false, ...rest } = facts;
  return {
    ...anonymousCaller,
    principal: { login: 'alice', siteAdmin, scopes, limits: null, workflow: null },
    ...rest,
  };
}

function subject(
  seen: SubjectFacts['visibility'],
  ownerKind: SubjectFacts['ownerKind'] = 'organization',
): SubjectFacts {
  return {
    ...{ ownerId, ownerLogin: 'acme', ownerKind, name: '@acme/tool', visibility: seen },
    ...{ format: 'toy', formatState: 'enabled', scope: 'owner', repositoryId: null, inheritsAccess: false },
    ...{ newVisibility: 'private', creatable: visibility.options },
  };
}

/** Every signed-in caller that can be. */
function* everyCaller(): Generator<{ caller: CallerFacts; ownerKind: SubjectFacts['ownerKind'] }> {
  for (const scopes of scopeSets)
    for (const siteAdmin of [false, true])
      for (const grant of roles) {
        for (const organizationRole of organizationRoles)
          yield { caller: caller({ scopes, siteAdmin, grant, organizationRole }), ownerKind: 'organization' };
        for (const isOwner of [false, true])
          yield { caller: caller({ scopes, siteAdmin, grant, isOwner }), ownerKind: 'user' };
      }
}

const codeOf = (decision: Decision): string => (decision.allowed ? 'allowed' : decision.code);
const sentenceOf = (decision: Decision): string => (decision.allowed ? decision.rule : decision.reason);

describe('the permission rules', () => {
  describe('for everybody', () => {
    it('let anonymous callers read public packages and nothing else', () => {
      for (const action of actions)
        for (const seen of visibilities) {
          const decision = decideAccess(action, anonymousCaller, subject(seen));
          expect(codeOf(decision)).toBe(
            action === 'read' && seen === 'public' ? 'allowed' : 'unauthenticated',
          );
        }
    });

    it('tell anonymous callers the same of a private package, an internal one and one that does not exist', () => {
      for (const action of actions) {
        const answers = [null, 'private', 'internal'] as const;
        expect(
          new Set(answers.map((seen) => JSON.stringify(decideAccess(action, anonymousCaller, subject(seen)))))
            .size,
        ).toBe(1);
      }
    });

    it('let any credential read public packages, even a token without scopes', () => {
      for (const { caller: who, ownerKind } of everyCaller())
        expect(decideAccess('read', who, subject('public', ownerKind)).allowed).toBe(true);
    });

    it('give every answer a sentence', () => {
      for (const { caller: who, ownerKind } of everyCaller())
        for (const action of actions)
          for (const seen of visibilities)
            expect(sentenceOf(decideAccess(action, who, subject(seen, ownerKind)))).toMatch(/^\S.{15,}[.]$/);
    });
  });

  describe('as properties', () => {
    it('never take access away when a grant is added or raised', () => {
      for (const { caller: who, ownerKind } of everyCaller())
        for (const action of actions)
          for (const seen of visibilities) {
            const higher = roles.slice(roles.indexOf(who.grant) + 1);
            if (!decideAccess(action, who, subject(seen, ownerKind)).allowed) continue;
            for (const grant of higher)
              expect(decideAccess(action, { ...who, grant }, subject(seen, ownerKind)).allowed).toBe(true);
          }
    });

    it('never allow a token what its owner may not do', () => {
      for (const { caller: who, ownerKind } of everyCaller())
        for (const action of actions)
          for (const seen of visibilities) {
            if (!decideAccess(action, who, subject(seen, ownerKind)).allowed) continue;
            const owner = { ...who, principal: { ...who.principal!, scopes: null } };
            expect(decideAccess(action, owner, subject(seen, ownerKind)).allowed).toBe(true);
          }
    });

    it('give no right by scopes that are not about packages', () => {
      const others = tokenScopes.filter((scope) => !scope.endsWith(':packages'));
      for (const action of actions)
        for (const seen of ['private', 'internal', null] as const)
          expect(
            decideAccess(
              action,
              caller({ scopes: others, organizationRole: 'owner', siteAdmin: true }),
              subject(seen),
            ).allowed,
          ).toBe(false);
    });

    it('let each action imply the weaker ones for an account', () => {
      for (const { caller: who, ownerKind } of everyCaller()) {
        if (who.principal!.scopes !== null) continue;
        for (const seen of visibility.options) {
          const may = actions.map((action) => decideAccess(action, who, subject(seen, ownerKind)).allowed);
          const [read, write, remove, administer] = may;
          expect(remove).toBe(administer);
          if (administer) expect(write).toBe(true);
          if (write) expect(read).toBe(true);
        }
      }
    });

    it('never tell a caller who may not read whether the package exists', () => {
      for (const { caller: who, ownerKind } of everyCaller())
        for (const action of actions)
          for (const seen of ['private', 'internal'] as const) {
            const there = decideAccess(action, who, subject(seen, ownerKind));
            const mayKnow = decideAccess('read', who, subject(seen, ownerKind)).allowed || there.allowed;
            const mayCreate = decideAccess('write', who, subject(null, ownerKind)).allowed;
            if (mayKnow || (action === 'write' && mayCreate)) continue;
            expect(decideAccess(action, who, subject(null, ownerKind))).toEqual(there);
          }
    });
  });

  describe('by visibility and role', () => {
    it.each([
      ['a stranger', caller(), 'not_found'],
      ['a member', caller({ organizationRole: 'member' }), 'not_found'],
      ['an organization owner', caller({ organizationRole: 'owner' }), 'allowed'],
      ['a member with a grant to read', caller({ grant: 'read', organizationRole: 'member' }), 'allowed'],
      ['somebody with a grant who is no member', caller({ grant: 'read' }), 'not_found'],
      ['a site administrator', caller({ siteAdmin: true }), 'allowed'],
    ])('answer %s who reads a private package: %s', (_who, facts, expected) => {
      expect(codeOf(decideAccess('read', facts, subject('private')))).toBe(expected);
    });

    it('let every member of the organization read internal packages, and nobody else', () => {
      expect(codeOf(decideAccess('read', caller({ organizationRole: 'member' }), subject('internal')))).toBe(
        'allowed',
      );
      expect(codeOf(decideAccess('read', caller(), subject('internal')))).toBe('not_found');
    });

    it('make a user admin of the own packages, and strangers of them nothing', () => {
      for (const action of actions) {
        expect(codeOf(decideAccess(action, caller({ isOwner: true }), subject('private', 'user')))).toBe(
          'allowed',
        );
        expect(decideAccess(action, caller(), subject('private', 'user')).allowed).toBe(false);
      }
    });

    it('let members create packages, and refuse others with the way in', () => {
      expect(codeOf(decideAccess('write', caller({ organizationRole: 'member' }), subject(null)))).toBe(
        'allowed',
      );
      const refusal = decideAccess('write', caller(), subject(null));
      expect(codeOf(refusal)).toBe('forbidden');
      expect(sentenceOf(refusal)).toContain(
        '"alice" is not a member of the organization "acme": ask one of its owners to add you',
      );
      const foreign = decideAccess('write', caller(), subject(null, 'user'));
      expect(codeOf(foreign)).toBe('forbidden');
      expect(sentenceOf(foreign)).toContain('publish under "alice"');
    });

    it('do not let a member write to the packages of others in the organization', () => {
      const refusal = decideAccess('write', caller({ organizationRole: 'member' }), subject('public'));
      expect(codeOf(refusal)).toBe('forbidden');
      expect(sentenceOf(refusal)).toContain('lacks the grant "write"');
    });

    it('name the grant that a reader lacks for each action', () => {
      const wanted = { write: 'write', delete: 'admin', admin: 'admin' } as const;
      for (const action of ['write', 'delete', 'admin'] as const) {
        const reader = caller({ grant: 'read', organizationRole: 'member' });
        const refusal = decideAccess(action, reader, subject('private'));
        expect(codeOf(refusal)).toBe('forbidden');
        expect(sentenceOf(refusal)).toContain(`"${wanted[action]}"`);
      }
    });
  });

  describe('by scope', () => {
    it.each([
      ['read', 'read:packages'],
      ['write', 'write:packages'],
      ['delete', 'delete:packages'],
      ['admin', 'write:packages'],
    ] as const)('ask a token of an owner for a scope to %s: %s', (action, scope) => {
      const enough = decideAccess(
        action,
        caller({ organizationRole: 'owner', scopes: [scope] }),
        subject('private'),
      );
      expect(codeOf(enough)).toBe('allowed');
      const others = tokenScopes.filter(
        (one) => one !== scope && !(action === 'read' && one === 'write:packages'),
      );
      const refusal = decideAccess(
        action,
        caller({ organizationRole: 'owner', scopes: others }),
        subject('private'),
      );
      expect(codeOf(refusal)).toBe('forbidden');
      expect(sentenceOf(refusal)).toContain(`"${scope}"`);
    });

    it('take write:packages for reading too', () => {
      expect(
        codeOf(
          decideAccess(
            'read',
            caller({ grant: 'read', organizationRole: 'member', scopes: ['write:packages'] }),
            subject('private'),
          ),
        ),
      ).toBe('allowed');
    });
  });

  it('repeat a hostile name only in part', () => {
    const decision = decideAccess('read', caller(), { ...subject('private'), name: 'x'.repeat(10_000) });
    expect(sentenceOf(decision).length).toBeLessThan(500);
  });
});
