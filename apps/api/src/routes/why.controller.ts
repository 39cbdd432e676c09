import { Controller, UseInterceptors } from '@nestjs/common';
import {
  authContract,
  metadataContract,
  packageAction,
  visibility,
  type AccessSubject,
  type AuthClient,
  type MetadataClient,
  type PackageFacts,
} from '@packhouse/contracts';
import { AccessCheck, PackageLookup, type Owner, type SignedInCaller } from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import { z } from 'zod';
import { ApiCallers } from '../api-callers';
import { PackageFormats } from '../packages/package-formats';
import { defineOperation, Input, Operation, type InputOf } from '../rest/operation';
import { OperationInterceptor } from '../rest/operation.interceptor';

const step = z.object({
  name: z.enum(['credential', 'account', 'format']),
  passed: z.boolean(),
  sentence: z.string(),
});

const explainDecision = defineOperation({
  id: 'ours/explain-decision',
  method: 'GET',
  path: '/api/packhouse/v1/why',
  summary: 'Why somebody may or may not do something to a package',
  description:
    'For site administrators, for admins of the package, and for owners of the namespace. Says every fact that the decision looked at, and each step with what was found or is missing.',
  tags: ['permissions'],
  query: z.object({
    owner: z.string().min(1).max(100),
    format: z.string().min(1).max(40),
    /** As its format writes it. */
    package: z.string().min(1).max(1024),
    action: packageAction.default('read'),
    /** A login. Without it and `token_hash`: a caller that did not sign in. */
    account: z.string().min(1).max(100).optional(),
    /** Hex SHA-256 of an access token's text. */
    token_hash: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional(),
    /** Of a package that is to be made. */
    visibility: visibility.default('private'),
  }),
  responses: {
    200: z.object({
      allowed: z.boolean(),
      /** The rule that allowed it, or what a client is told. */
      sentence: z.string(),
      /** What a client gets: `allowed`, or the code of the refusal. */
      code: z.string(),
      facts: z.array(z.object({ name: z.string(), value: z.string() })),
      steps: z.array(step),
    }),
    401: 'The credential is missing, or the token that is asked about is not valid.',
    403: 'The caller may read the package, but not administer it.',
    404: 'There is no such package, or the caller may not see it.',
  },
});
type WhyInput = InputOf<typeof explainDecision>;

/** Decisions explained. */
@Controller()
@UseInterceptors(OperationInterceptor)
export class WhyController {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
    private readonly lookup: PackageLookup,
    private readonly access: AccessCheck,
    private readonly callers: ApiCallers,
    private readonly formats: PackageFormats,
  ) {}

  @Operation(explainDecision)
  async explain(@Input() { query, caller }: WhyInput): Promise<object> {
    const owner = await this.lookup.findOwner(query.owner);
    if (!owner) throw unknown(query);
    const { format, package: name } = query;
    const { package: facts } = await this.metadata.findPackageByApiName({
      ...{ ownerId: owner.id, formats: [format], name },
    });
    await this.requireAdmin(caller, owner, facts, query);
    const {
      decision,
      facts: known,
      steps,
    } = await this.auth.explainDecision({
      ...{ who: await this.readWho(query), action: query.action },
      subject: subjectOf(owner, facts, query),
    });
    return decision.allowed
      ? { allowed: true, code: 'allowed', sentence: decision.rule, facts: known, steps }
      : { allowed: false, code: decision.code, sentence: decision.reason, facts: known, steps };
  }

  /** Whoever administers the package may know everything of who reaches it. */
  private async requireAdmin(
    caller: SignedInCaller,
    owner: Owner,
    facts: PackageFacts | null,
    query: WhyInput['query'],
  ): Promise<void> {
    const { principal } = caller;
    const name = await this.formats.wholeName(query.format, owner.login, query.package);
    if (facts) {
      // What may not be read is not there, however weak the credential is.
      for (const action of ['read', 'admin'] as const)
        await this.access.require(caller, action, owner, facts, { name });
      return;
    }
    const isWhole = principal.scopes === null && principal.limits === null && principal.workflow === null;
    if (principal.siteAdmin && (isWhole || principal.scopes?.includes('site_admin') === true)) return;
    const isOwner =
      isWhole && (principal.accountId === owner.id || (await this.ownsOrganization(caller, owner)));
    if (isOwner) return;
    // The words that a hidden package would get.
    await this.access.requireUnseen(caller, 'read', { format: query.format, owner, name });
    throw unknown(query);
  }

  private async ownsOrganization({ principal }: SignedInCaller, owner: Owner): Promise<boolean> {
    const { accountId } = principal;
    return (await this.auth.findMembership({ organizationId: owner.id, accountId })).role === 'owner';
  }

  private async readWho({ account, token_hash: hash }: WhyInput['query']) {
    if (hash !== undefined) return { kind: 'token', hash } as const;
    if (account === undefined) return { kind: 'anonymous' } as const;
    const { id: accountId } = await this.callers.findAccount(account, 'user');
    return { kind: 'account', accountId } as const;
  }
}

function subjectOf(owner: Owner, facts: PackageFacts | null, query: WhyInput['query']): AccessSubject {
  return {
    ...{ ownerId: owner.id, ownerLogin: owner.login, name: facts?.name ?? query.package },
    ...{ format: query.format, scope: facts?.scope ?? 'owner', repositoryId: facts?.repositoryId ?? null },
    newVisibility: query.visibility,
    package: facts && { id: facts.id, visibility: facts.visibility, inheritsAccess: facts.inheritsAccess },
  };
}

/** The words of the permission rules for a package that is hidden or not there. */
function unknown({ package: name, owner }: WhyInput['query']): DomainError {
  return new DomainError(
    'not_found',
    `There is no package "${name.slice(0, 214)}" of "${owner}" that you may administer.`,
  );
}
