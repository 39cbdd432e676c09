import type { PackageRole } from '@packhouse/contracts';
import { abilityOf, actionsOfRole, isInternal, isPublic, type AccessAbility, type Grantor } from './ability';
import { effectiveRole, type EffectiveRole, type RoleSource } from './effective-role';
import type { CallerFacts, SubjectFacts } from './facts';

const publicRule = 'Public packages may be read by everybody.';

const roleRules: Readonly<Record<RoleSource, (role: PackageRole) => string>> = {
  grant: (role) => `The account has the grant "${role}" on the package.`,
  team: (role) => `A team of the account has the grant "${role}" on the package.`,
  repository: (role) => `The package inherits the account's access to its repository, which is "${role}".`,
};

/** What the account may do, whatever it signed in with: spec P-1 to P-4, P-18, P-23. Each rule says itself in a sentence. */
export function accountAbility(caller: CallerFacts, subject: SubjectFacts): AccessAbility {
  if (caller.principal?.workflow) return workflowAbility(caller, caller.principal.workflow, subject);
  const everything = findReasonOfEverything(caller);
  const effective = effectiveRole(caller, subject);
  const key =
    `account ${everything} ${caller.organizationRole} ${caller.enterpriseMember} ${effective.role} ${effective.source} ` +
    `${subject.scope} ${caller.organizationRole === 'member' ? subject.creatable.join(' ') : ''}`;
  return abilityOf(key, (can) => {
    can('read', 'package', isPublic).because(publicRule);
    defineMembership(can, caller, subject);
    defineRole(can, effective, subject);
    if (everything === null) return;
    can([...actionsOfRole.admin], 'package').because(everything);
    can('write', 'namespace').because(everything);
  });
}

function findReasonOfEverything(caller: CallerFacts): string | null {
  if (caller.isOwner) return 'The account owns the package.';
  if (caller.organizationRole === 'owner')
    return 'Owners of the organization administer all of its packages.';
  if (caller.principal?.siteAdmin === true) return 'Site administrators administer all packages.';
  return null;
}

function defineMembership(can: Grantor, caller: CallerFacts, { creatable, scope }: SubjectFacts): void {
  if (caller.enterpriseMember)
    can('read', 'package', isInternal).because(
      'Internal packages may be read by every member of the enterprise.',
    );
  if (caller.organizationRole === null) return;
  can('read', 'package', isInternal).because(
    'Internal packages may be read by every member of the organization.',
  );
  // What belongs to a repository is created with a role on it.
  if (scope === 'repository') return;
  for (const visibility of creatable)
    can('write', 'namespace', { visibility }).because(
      'Members of the organization may create packages in it.',
    );
}

function defineRole(can: Grantor, { role, source }: EffectiveRole, { scope }: SubjectFacts): void {
  if (role === null) return;
  can([...actionsOfRole[role]], 'package').because(roleRules[source](role));
  if (scope === 'repository' && role !== 'read')
    can('write', 'namespace').because(`The account has the role "${role}" on the repository.`);
}

type Workflow = NonNullable<NonNullable<CallerFacts['principal']>['workflow']>;

/** What a workflow may do: spec P-5, P-10, P-24 to P-28. Never more than its job asked for. */
function workflowAbility(caller: CallerFacts, workflow: Workflow, subject: SubjectFacts): AccessAbility {
  const ofOwner = workflow.ownerId === subject.ownerId;
  const isTrusted = ofOwner && workflow.repositoryId === null;
  const isOwn = workflow.repositoryId !== null && workflow.repositoryId === subject.repositoryId;
  const inherits = isOwn && (subject.inheritsAccess || subject.scope === 'repository');
  const mayCreate = ofOwner && (isTrusted || isOwn || subject.scope === 'owner');
  const key = `workflow ${caller.grant} ${isTrusted ? workflow.role : ''} ${inherits} ${ofOwner || caller.enterpriseMember} ${mayCreate}`;
  return abilityOf(key, (can) => {
    can('read', 'package', isPublic).because(publicRule);
    if (ofOwner || caller.enterpriseMember)
      can('read', 'package', isInternal).because(
        'Internal packages may be read by the workflows of the organization and of its enterprise.',
      );
    if (inherits)
      can([...actionsOfRole.write], 'package').because(
        "The package inherits the access of the workflow's repository.",
      );
    if (isTrusted)
      can([...actionsOfRole[workflow.role]], 'package').because(
        `The owner trusts the workflow with the role "${workflow.role}".`,
      );
    if (caller.grant !== null)
      can([...actionsOfRole[caller.grant]], 'package').because(
        `The workflow's repository has the role "${caller.grant}" on the package.`,
      );
    if (mayCreate) can('write', 'namespace').because('Workflows may create packages of their owner.');
  });
}
