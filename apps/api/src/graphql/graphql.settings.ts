import { Injectable } from '@nestjs/common';
import { byteSize, defineSettings, integer, setting, Settings } from '@packhouse/gateway-kit';

/** Limits of GraphQL queries, each checked before anything is read for them. */
export const graphqlSettings = defineSettings('GraphQL', {
  maxRequest: setting(
    'PACKHOUSE_GRAPHQL_MAX_REQUEST',
    byteSize().default(100_000),
    'Largest request: query and variables.',
  ),
  maxTokens: setting(
    'PACKHOUSE_GRAPHQL_MAX_TOKENS',
    integer(100, 100_000).default(5000),
    'Most words and signs of a query.',
  ),
  maxFields: setting(
    'PACKHOUSE_GRAPHQL_MAX_FIELDS',
    integer(10, 100_000).default(1000),
    'Most fields of a query, fragments counted wherever they are spread.',
  ),
  maxDepth: setting(
    'PACKHOUSE_GRAPHQL_MAX_DEPTH',
    integer(2, 100).default(20),
    'Deepest nesting of a query.',
  ),
  maxNodes: setting(
    'PACKHOUSE_GRAPHQL_MAX_NODES',
    integer(1, 500_000).default(50_000),
    'Most elements that one query may ask for, counted as GitHub does.',
  ),
  timeoutSeconds: setting(
    'PACKHOUSE_GRAPHQL_TIMEOUT_SECONDS',
    integer(1, 60).default(10),
    'Longest a query may take.',
  ),
});

/** The limits as this process was given them. */
@Injectable()
export class GraphqlSettings {
  readonly values: ReturnType<typeof readLimits>;

  constructor(settings: Settings) {
    this.values = readLimits(settings);
  }
}

function readLimits(settings: Settings) {
  return settings.of(graphqlSettings);
}
