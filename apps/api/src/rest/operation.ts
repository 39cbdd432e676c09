/**
 * How a route of the management APIs is written. A route is a method of a Nest controller, declared once; the
 * declaration is at the same time its routing, its validation, its OpenAPI description and its rate limit.
 *
 *   const listPackages = defineOperation({
 *     id: 'packages/list-packages-for-organization',   // GitHub's operation id, or `ours/verb-noun`
 *     method: 'GET', path: '/api/v3/orgs/{org}/packages',
 *     summary: 'List packages of an organization', tags: ['packages'],
 *     params: z.object({ org: z.string() }),
 *     query: pagingQuery.extend({ package_type: z.string() }),
 *     responses: { 200: z.array(packageSchema), 403: 'The caller lacks the right.' },   // a text: an empty answer or an error
 *     scopes: ['read:packages'],                       // a classic token needs one of them
 *   });
 *
 *   @Controller()                                      // no path here: declarations have whole paths
 *   @UseInterceptors(OperationInterceptor)
 *   class PackagesController {
 *     @Operation(listPackages)
 *     async list(@Input() input: InputOf<typeof listPackages>) {
 *       const { params, query, body, caller, request } = input;
 *       return pageOf(input, items, { total });        // or a plain value, or new Answer(202, value, headers)
 *     }
 *   }
 *
 * Add the controller to ApiModule. What happens before the method is called, in this order: the credential is checked
 * (`auth: 'anyone'` lets strangers in, the default does not: 401), the rate limit is taken, the scope is compared, the
 * one-time password is asked for where `secondFactor` says so, params (invalid: 404), query (422, or 400 where only that
 * is declared; unknown parameters are ignored) and body (422; unreadable: 400; above `maxBody`: 413) are validated. Below
 * /api/packhouse/v1 an invalid query or body is 400 `invalid_request`, as it always was there.
 * What happens after: the status is the declared success status, GETs get a weak ETag and answer 304, HEAD works, and
 * every answer carries X-GitHub-Request-Id, X-OAuth-Scopes and the rate limit's headers.
 * Failures are DomainErrors: v3-error.ts dresses them as GitHub does, api-error.ts in our own shape. Whether the caller may
 * is for the method to ask (AccessCheck, ApiCallers): anonymous 401, not readable 404, readable but lacking the right 403.
 * Answers are not validated here but in tests, which compare each with the document (ConformingFetch of @packhouse/testing).
 */
import {
  applyDecorators,
  createParamDecorator,
  HttpCode,
  RequestMapping,
  RequestMethod,
  SetMetadata,
  type ExecutionContext,
} from '@nestjs/common';
import type { TokenScope } from '@packhouse/contracts';
import type { Caller, SignedInCaller } from '@packhouse/gateway-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';

export type OperationMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** `signed-in`: strangers get 401. `anyone`: strangers are served, but a wrong credential is still refused. */
export type OperationAuth = 'signed-in' | 'anyone';

/** The declaration of one route; see the top of this file. */
export interface OperationDeclaration<
  P extends z.ZodType = z.ZodType,
  Q extends z.ZodType = z.ZodType,
  B extends z.ZodType = z.ZodType,
  A extends OperationAuth = OperationAuth,
> {
  readonly id: string;
  readonly method: OperationMethod;
  /** Whole, with parameters in braces. */
  readonly path: `/api/${string}`;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** By status: the schema of the JSON answer, or a sentence where the answer is empty or an error. The first 2xx is the success. */
  readonly responses: Readonly<Record<number, z.ZodType | string>>;
  readonly auth?: A;
  /** A classic token needs one of these. Other kinds of token do not reach operations with scopes that are not about packages. */
  readonly scopes?: readonly TokenScope[];
  /** And one of these besides. */
  readonly alsoScopes?: readonly TokenScope[];
  /** Which one-time password the account may ask for. */
  readonly secondFactor?: 'write' | 'account';
  /** What `errors[].resource` says of invalid input; default: made of the first tag. */
  readonly resource?: string;
  /** Most bytes of the body; default 100,000. */
  readonly maxBody?: number;
  /** Not counted by the rate limit, as GitHub does for `GET /rate_limit`. */
  readonly uncounted?: boolean;
  /** Media type of an answer that is not JSON. */
  readonly contentType?: string;
}

/** What a method of an operation is called with. */
export interface OperationInput<P = unknown, Q = unknown, B = unknown, C extends Caller = Caller> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly caller: C;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** The input of an operation, by its declaration. */
export type InputOf<O> =
  O extends OperationDeclaration<infer P, infer Q, infer B, infer A>
    ? OperationInput<z.output<P>, z.output<Q>, z.output<B>, A extends 'anyone' ? Caller : SignedInCaller>
    : never;

/** Declares a route; the types of its input follow from it. */
export function defineOperation<
  P extends z.ZodType = z.ZodType<Record<string, never>>,
  Q extends z.ZodType = z.ZodType<Record<string, never>>,
  B extends z.ZodType = z.ZodType<undefined>,
  A extends OperationAuth = 'signed-in',
>(declaration: OperationDeclaration<P, Q, B, A>): OperationDeclaration<P, Q, B, A> {
  return declaration;
}

const OPERATION = Symbol('operation');

/** Makes a method of a controller the answer to a declared operation. */
export function Operation(declaration: OperationDeclaration): MethodDecorator {
  return applyDecorators(
    RequestMapping({
      path: declaration.path.replaceAll(/\{(\w+)\}/g, ':$1'),
      method: RequestMethod[declaration.method],
    }),
    HttpCode(successStatus(declaration)),
    SetMetadata(OPERATION, declaration),
  );
}

/** The declaration of a controller's method, if it has one. */
export function declarationOf(method: object): OperationDeclaration | undefined {
  return Reflect.getMetadata(OPERATION, method) as OperationDeclaration | undefined;
}

/** The declared status of success. */
export function successStatus({ id, responses }: OperationDeclaration): number {
  const status = Object.keys(responses)
    .map(Number)
    .find((code) => code >= 200 && code < 400);
  if (status === undefined) throw new Error(`The operation ${id} declares no success.`);
  return status;
}

const declarations = new WeakMap<FastifyRequest, OperationDeclaration>();
const inputs = new WeakMap<FastifyRequest, OperationInput>();

/** Remembers which operation a request is for, for whoever renders its failure. */
export function noteDeclaration(request: FastifyRequest, declaration: OperationDeclaration): void {
  declarations.set(request, declaration);
}

/** The operation that a request was for, as far as it got. */
export function declarationFor(request: FastifyRequest): OperationDeclaration | undefined {
  return declarations.get(request);
}

/** Keeps the validated input of a request for {@link Input}. */
export function noteInput(input: OperationInput): void {
  inputs.set(input.request, input);
}

/** Parameter decorator: the validated input of the operation. */
export const Input = createParamDecorator((_data: unknown, context: ExecutionContext): OperationInput => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  const input = inputs.get(request);
  if (!input) throw new Error('@Input() needs @Operation() and @UseInterceptors(OperationInterceptor).');
  return input;
});
