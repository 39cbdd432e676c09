import { Controller, UseInterceptors } from '@nestjs/common';
import { metadataContract, type MetadataClient } from '@packhouse/contracts';
import { actorOf } from '@packhouse/gateway-kit';
import { InjectClient } from '@packhouse/messaging';
import { z } from 'zod';
import { defineOperation, Input, Operation, type InputOf } from '../../rest/operation';
import { OperationInterceptor } from '../../rest/operation.interceptor';
import { Directory } from '../v3/directory';
import { packageParams, packagePath } from './own-packages';

const free = defineOperation({
  id: 'ours/free-package-version',
  method: 'DELETE',
  path: `${packagePath}/reserved-versions/{version}`,
  summary: 'Let the number of a deleted version be published again',
  description:
    'For site administrators. Numbers of public versions stay reserved for ever, so that nobody is given other content than before; what could still be restored of the version is lost. The package may be gone.',
  tags: ['packages'],
  scopes: ['site_admin'],
  secondFactor: 'account',
  params: packageParams.extend({ version: z.string().min(1).max(512) }),
  responses: { 204: 'It is free.', 400: 'The whole package can still be restored.' },
});

/** Numbers that stay behind when versions are deleted. */
@Controller()
@UseInterceptors(OperationInterceptor)
export class ReservedVersionsController {
  constructor(
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
    private readonly directory: Directory,
  ) {}

  @Operation(free)
  async free(@Input() { params, caller }: InputOf<typeof free>): Promise<void> {
    this.directory.requireSiteAdministrator(caller);
    const { owner: login, format, name, version } = params;
    const { id: ownerId } = await this.directory.getAccount(login);
    await this.metadata.freeVersion({ ownerId, format, name, version, actor: actorOf(caller) });
  }
}
