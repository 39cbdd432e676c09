import {
  packageAction,
  packageRole,
  tokenScopes,
  visibility as visibilities,
  type Decision,
  type PackageAction,
} from '@packhouse/contracts';
import fc from 'fast-check';
import { decideAccess } from './decide-access';
import { explainAccess } from './explain-access';
import { anonymousCaller, type CallerFacts, type SubjectFacts } from './facts';

const uuid = (n: number): string => `01900000-0000-7000-8000-00000000000${n}`;
const ids = fc.constantFrom(uuid(1), uuid(2));
const role = fc.constantFrom(null, ...packageRole.options);
const names = fc.constantFrom('@acme/tool', '@acme/web-ui', '@beta/tool');

const limits = fc.record({
  ownerId: ids,
  packages: fc.option(fc.array(fc.constantFrom('*', '@acme/*', '@acme/tool', 'x'), { minLength: 1 })),
  actions: fc.uniqueArray(fc.constantFrom(...packageAction.options), { minLength: 1 }),
});

const principalOf = fc.oneof(
  fc.record({ scopes: fc.constant(null), limits: fc.constant(null), workflow: fc.constant(null) }),
  fc.record({
    scopes: fc.uniqueArray(fc.constantFrom(...tokenScopes)),
    limits: fc.constant(null),
    workflow: fc.constant(null),
  }),
  fc.record({ scopes: fc.constant(null), limits, workflow: fc.constant(null) }),
  fc.record({
    scopes: fc.constant(null),
    limits: fc.option(limits),
    workflow: fc.record({
      ownerId: ids,
      repositoryId: fc.option(ids),
      role: fc.constantFrom(...packageRole.options),
    }),
  }),
);

const standing = fc.record({
  siteAdmin: fc.boolean(),
  isOwner: fc.boolean(),
  organizationRole: fc.constantFrom(null, 'member' as const, 'owner' as const),
  enterpriseMember: fc.boolean(),
  grant: role,
  teamGrant: role,
  repositoryRole: role,
});

const subjects = fc
  .record({
    ownerId: ids,
    ownerKind: fc.constantFrom('user' as const, 'organization' as const),
    formatState: fc.constantFrom('enabled' as const, 'read-only' as const, 'disabled' as const),
    name: names,
    visibility: fc.constantFrom(null, ...visibilities.options),
    scope: fc.constantFrom('owner' as const, 'repository' as const),
    repositoryId: fc.option(ids),
    inheritsAccess: fc.boolean(),
    newVisibility: fc.constantFrom(...visibilities.options),
    creatable: fc.uniqueArray(fc.constantFrom(...visibilities.options)),
  })
  .map((facts): SubjectFacts => ({
    ...facts,
    ...{ ownerLogin: 'acme', format: 'toy' },
    // What belongs to a repository is as visible as that, old and new.
    newVisibility:
      facts.scope === 'repository' ? (facts.visibility ?? facts.newVisibility) : facts.newVisibility,
  }));

/** A caller that can be: owners of users' packages are in no organization, and workflows are nobody's account. */
const worlds = fc.tuple(principalOf, standing, subjects).map(([credential, facts, subject]) => {
  const isUser = subject.ownerKind === 'user';
  const isWorkflow = credential.workflow !== null;
  const organizationRole = isUser || isWorkflow ? null : facts.organizationRole;
  const caller: CallerFacts = {
    principal: { login: 'alice', siteAdmin: facts.siteAdmin && !isWorkflow, ...credential },
    isOwner: facts.isOwner && isUser && !isWorkflow,
    organizationRole,
    enterpriseMember: facts.enterpriseMember && !isUser,
    grant: facts.grant,
    teamGrant: organizationRole === null ? null : facts.teamGrant,
    repositoryRole: isWorkflow || subject.repositoryId === null ? null : facts.repositoryRole,
  };
  return { caller, subject };
});
const action = fc.constantFrom<PackageAction>(...packageAction.options);

const without = (caller: CallerFacts): CallerFacts => ({
  ...caller,
  principal: caller.principal && { ...caller.principal, scopes: null, limits: null },
});
const isAllowed = (decision: Decision): boolean => decision.allowed;
const runs = { numRuns: 2000 };
/** Where most of what is made up does not count. */
const fewRuns = { numRuns: 600 };

describe('whatever the facts are', () => {
  it('adding or raising a grant never takes access away', () => {
    const kinds = ['grant', 'teamGrant', 'repositoryRole'] as const;
    fc.assert(
      fc.property(
        worlds,
        action,
        fc.constantFrom(...kinds),
        role,
        ({ caller, subject }, asked, kind, higher) => {
          const order = [null, ...packageRole.options];
          fc.pre(order.indexOf(higher) > order.indexOf(caller[kind]));
          if (!isAllowed(decideAccess(asked, caller, subject))) return;
          expect(decideAccess(asked, { ...caller, [kind]: higher }, subject).allowed).toBe(true);
        },
      ),
      runs,
    );
  });

  it('a token never exceeds its owner, nor a fine-grained one its account', () => {
    fc.assert(
      fc.property(worlds, action, ({ caller, subject }, asked) => {
        if (!isAllowed(decideAccess(asked, caller, subject))) return;
        expect(decideAccess(asked, without(caller), subject).allowed).toBe(true);
      }),
      runs,
    );
  });

  it('a fine-grained token opens nothing of other owners and of other names but what is public', () => {
    fc.assert(
      fc.property(worlds, action, ({ caller, subject }, asked) => {
        const reach = caller.principal?.limits;
        fc.pre(!!reach && subject.visibility !== 'public');
        if (!isAllowed(decideAccess(asked, caller, subject))) return;
        expect(reach.ownerId).toBe(subject.ownerId);
        const patterns = reach.packages ?? ['*'];
        const isNamed = patterns.some((one) => one === '*' || subject.name.startsWith(one.replace('*', '')));
        expect(isNamed).toBe(true);
        expect(reach.actions.includes(asked) || (asked === 'read' && reach.actions.includes('write'))).toBe(
          true,
        );
      }),
      runs,
    );
  });

  it('a workflow changes nothing when its job asked to read', () => {
    fc.assert(
      fc.property(worlds, action, ({ caller, subject }, asked) => {
        fc.pre(caller.principal?.workflow?.role === 'read' && asked !== 'read');
        expect(decideAccess(asked, caller, subject).allowed).toBe(false);
      }),
      fewRuns,
    );
  });

  it('anonymous callers read public packages and nothing else', () => {
    fc.assert(
      fc.property(subjects, action, (subject, asked) => {
        const decision = decideAccess(asked, anonymousCaller, subject);
        const isOpen = asked === 'read' && subject.visibility === 'public';
        expect(decision.allowed).toBe(isOpen && subject.formatState !== 'disabled');
        if (!isOpen) expect(decision).toMatchObject({ code: 'unauthenticated' });
      }),
      runs,
    );
  });

  it('what a caller may not read and what is not there get the same words', () => {
    fc.assert(
      fc.property(worlds, action, subjects, ({ caller, subject }, asked, other) => {
        fc.pre(subject.visibility !== null && subject.visibility !== 'public');
        const decision = decideAccess(asked, caller, subject);
        const mayRead = decideAccess('read', without(caller), { ...subject, formatState: 'enabled' }).allowed;
        // What the request itself says is the same for both; what only the package knows is not.
        const absent: SubjectFacts = {
          ...subject,
          visibility: null,
          ...(subject.scope === 'owner' && !caller.principal?.workflow
            ? { repositoryId: other.repositoryId, inheritsAccess: other.inheritsAccess }
            : {}),
        };
        const free = decideAccess(asked, { ...caller, grant: null, teamGrant: null }, absent);
        const mayCreate = asked === 'write' && (free.allowed || subject.formatState !== 'enabled');
        fc.pre(!mayRead && !decision.allowed && !mayCreate);
        expect(decision).toEqual(free);
      }),
      fewRuns,
    );
  });

  it('refusals never name what a format switch is set to, unless it is the only thing in the way', () => {
    fc.assert(
      fc.property(worlds, action, ({ caller, subject }, asked) => {
        const open = decideAccess(asked, caller, { ...subject, formatState: 'enabled' });
        const now = decideAccess(asked, caller, subject);
        if (!open.allowed) expect(now).toEqual(open);
        else if (!now.allowed) expect(now).toMatchObject({ code: 'forbidden', reason: /read-only|disabled/ });
      }),
      runs,
    );
  });

  it('every answer has a sentence, and an explanation agrees with it', () => {
    fc.assert(
      fc.property(worlds, action, ({ caller, subject }, asked) => {
        const decision = decideAccess(asked, caller, subject);
        expect(decision.allowed ? decision.rule : decision.reason).toMatch(/^\S.{15,}[.]$/);
        const explained = explainAccess(asked, caller, subject);
        expect(explained.decision).toEqual(decision);
        expect(explained.steps.every(({ passed }) => passed)).toBe(decision.allowed);
      }),
      runs,
    );
  });
});
