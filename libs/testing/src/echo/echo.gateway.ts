import { Module } from '@nestjs/common';
import { GatewayKitModule } from '@packhouse/gateway-kit';
import { defineService } from '@packhouse/runtime';
import { EchoController } from './echo.controller';
import { echoFormat } from './echo.format';

@Module({ imports: [GatewayKitModule], controllers: [EchoController] })
class EchoModule {}

/** The toy gateway, as a line of the list of services would name it. */
export const echoGateway = defineService({
  name: 'gateway-echo',
  module: EchoModule,
  http: { paths: [echoFormat.mount], renderError: echoFormat.renderError },
  format: echoFormat,
});
