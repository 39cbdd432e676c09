import { Injectable } from '@nestjs/common';
import { authContract, metadataContract, type AuthClient, type MetadataClient } from '@packhouse/contracts';
import { AccessCheck, InjectClient, SecondFactor } from '@packhouse/gateway-kit';
import { RateLimits } from '../rest/rate-limits';

/** Whom resolvers ask. */
@Injectable()
export class GraphServices {
  constructor(
    @InjectClient(authContract) readonly auth: AuthClient,
    @InjectClient(metadataContract) readonly metadata: MetadataClient,
    readonly access: AccessCheck,
    readonly secondFactor: SecondFactor,
    readonly limits: RateLimits,
  ) {}
}
