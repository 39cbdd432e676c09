import type { AuthClient, ListedPackage, MetadataClient } from '@packhouse/contracts';
import type { AccessCheck, SecondFactor, SignedInCaller } from '@packhouse/gateway-kit';
import type { FastifyRequest } from 'fastify';
import type { QueryCost } from './limits/node-count';
import type { RateLimits } from '../rest/rate-limits';
import type { GraphReader } from './reading/graph-reader';
import type { GraphFormats } from './schema/graph-formats';

/** What every resolver gets of the request that it works for. */
export interface GraphContext {
  readonly request: FastifyRequest;
  readonly caller: SignedInCaller;
  /** Public URL of the instance, without a trailing slash. */
  readonly baseUrl: string;
  readonly reader: GraphReader;
  readonly auth: AuthClient;
  readonly metadata: MetadataClient;
  readonly access: AccessCheck;
  readonly secondFactor: SecondFactor;
  readonly cost: QueryCost;
  readonly formats: GraphFormats;
  readonly limits: RateLimits;
}

/** How a field of one type is found. */
export type Resolver<Source, Args = Record<string, never>> = (
  source: Source,
  args: Args,
  context: GraphContext,
) => unknown;

// Sources and arguments differ by field; the schema says which field gets which.
export type Resolvers = Readonly<Record<string, Readonly<Record<string, Resolver<never, never>>>>>;

/** A package as resolvers hand it on: its facts are enough, and lists have no more. */
export type PackageSource = ListedPackage;
