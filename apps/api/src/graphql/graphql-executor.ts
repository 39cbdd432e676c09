import { Inject, Injectable } from '@nestjs/common';
import { LOGGER, type Logger, type SignedInCaller } from '@packhouse/gateway-kit';
import { PublicUrl } from '@packhouse/http';
import { DomainError, SECOND } from '@packhouse/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  execute,
  OperationTypeNode,
  getOperationAST,
  getVariableValues,
  type DocumentNode,
  type OperationDefinitionNode,
} from 'graphql';
import type { GraphContext } from './graph-context';
import { GraphServices } from './graph-services';
import { GraphError, isBug, renderGraphError, type RenderedGraphError } from './graph-error';
import type { GraphqlRequest } from './graphql-request';
import { GraphqlSettings } from './graphql.settings';
import { rateHeaders, refuseExceeded } from '../rest/rate-limits';
import { countNodes, type QueryCost } from './limits/node-count';
import { InvalidQuery, type QueryDocument } from './limits/query-documents';
import { GraphReader, type GiveUp } from './reading/graph-reader';
import { SchemaSource, type CurrentSchema } from './schema/schema-source';

/** An answer to a query: GraphQL's own shape. */
export interface GraphqlAnswer {
  readonly data?: unknown;
  readonly errors?: readonly RenderedGraphError[];
}

interface PreparedQuery {
  readonly current: CurrentSchema;
  readonly document: DocumentNode;
  readonly cost: QueryCost;
}

/** Runs queries within the limits, as their caller. */
@Injectable()
export class GraphqlExecutor {
  constructor(
    private readonly services: GraphServices,
    private readonly publicUrl: PublicUrl,
    private readonly schemas: SchemaSource,
    private readonly settings: GraphqlSettings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async run(
    query: GraphqlRequest,
    caller: SignedInCaller,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<GraphqlAnswer> {
    try {
      const prepared = await this.prepare(query);
      await this.countCost(prepared.cost, caller, reply);
      return await this.runPrepared(prepared, query, caller, request);
    } catch (error) {
      if (error instanceof InvalidQuery)
        return { errors: error.faults.map((fault) => renderGraphError(fault, request.id)) };
      if (error instanceof GraphError) return { errors: [renderGraphError(error, request.id)] };
      throw error;
    }
  }

  /** Everything that is decided before a query is run. */
  private async prepare(query: GraphqlRequest): Promise<PreparedQuery> {
    const current = await this.schemas.current();
    const checked = current.documents.read(query.query);
    const operation = chooseOperation(checked, query);
    const definitions = operation.variableDefinitions ?? [];
    const { errors, coerced } = getVariableValues(current.schema, definitions, { ...query.variables });
    if (errors) throw new InvalidQuery(errors);
    const counted = { operation, fragments: checked.fragments, variables: coerced };
    return { current, document: checked.document, cost: countNodes(counted, this.settings.values.maxNodes) };
  }

  private async countCost({ points }: QueryCost, caller: SignedInCaller, reply: FastifyReply): Promise<void> {
    if (points <= 1) return;
    const state = await this.services.limits.take(caller, 'graphql', points - 1);
    void reply.headers(rateHeaders(state));
    refuseExceeded(state, caller);
  }

  private async runPrepared(
    { current, document, cost }: PreparedQuery,
    { variables, operationName }: GraphqlRequest,
    caller: SignedInCaller,
    request: FastifyRequest,
  ): Promise<GraphqlAnswer> {
    const deadline = new Deadline(this.settings.values.timeoutSeconds);
    const { auth, metadata, access, secondFactor, limits } = this.services;
    const contextValue: GraphContext = {
      request,
      caller,
      baseUrl: this.publicUrl.baseFor(request),
      reader: new GraphReader({ auth, metadata }, caller.principal, deadline.giveUp),
      auth,
      metadata,
      access,
      secondFactor,
      limits,
      cost,
      formats: current.formats,
    };
    const work = { schema: current.schema, document, contextValue, variableValues: variables, operationName };
    try {
      const { data, errors } = await deadline.limit(Promise.resolve(execute(work)));
      return { data, ...(errors ? { errors: errors.map((error) => this.render(error, request)) } : {}) };
    } finally {
      deadline.end();
    }
  }

  private render(error: unknown, request: FastifyRequest): RenderedGraphError {
    if (isBug(error))
      this.logger.error({ requestId: request.id, error }, 'A field of a GraphQL query failed');
    return renderGraphError(error, request.id);
  }
}

function chooseOperation({ document }: QueryDocument, query: GraphqlRequest): OperationDefinitionNode {
  const operation = getOperationAST(document, query.operationName);
  if (!operation)
    throw new GraphError(
      'UNPROCESSABLE',
      query.operationName === null
        ? 'The document has several operations: say which one to run with "operationName".'
        : `No operation named "${query.operationName.slice(0, 100)}".`,
    );
  if (query.readOnly && operation.operation !== OperationTypeNode.QUERY)
    throw new DomainError('method_not_allowed', 'Send mutations with POST.');
  return operation;
}

/** Ends a query that takes too long: what it already asked for may still come, nothing more is asked. */
class Deadline {
  private timer: NodeJS.Timeout | undefined;
  private readonly reason: GraphError;
  private isOver = false;

  constructor(private readonly seconds: number) {
    this.reason = new GraphError(
      'TIMEOUT',
      `The query took longer than ${seconds} seconds: ask for fewer elements at a time.`,
    );
  }

  readonly giveUp: GiveUp = () => (this.isOver ? this.reason : null);

  async limit<T>(work: Promise<T>): Promise<T> {
    const timeout = new Promise<never>((_resolve, reject) => {
      this.timer = setTimeout(() => {
        this.isOver = true;
        reject(this.reason);
      }, this.seconds * SECOND);
    });
    return Promise.race([work, timeout]);
  }

  end(): void {
    clearTimeout(this.timer);
    this.isOver = true;
  }
}
