import { Module } from '@nestjs/common';
import { GatewayKitModule } from '@packhouse/gateway-kit';
import { RateLimits } from '../rest/rate-limits';
import { GraphServices } from './graph-services';
import { GraphqlExecutor } from './graphql-executor';
import { GraphqlController } from './graphql.controller';
import { GraphqlSettings } from './graphql.settings';
import { SchemaSource } from './schema/schema-source';

/** GraphQL at /api/graphql. */
@Module({
  imports: [GatewayKitModule],
  controllers: [GraphqlController],
  providers: [GraphServices, GraphqlExecutor, GraphqlSettings, RateLimits, SchemaSource],
})
export class GraphqlModule {}
