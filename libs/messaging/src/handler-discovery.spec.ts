import { Controller, Global, Injectable, Module, Scope, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import { defineContract, operation } from '@packhouse/contracts';
import { z } from 'zod';
import { checkHandlers, discoverHandlers, type DiscoveredHandler } from './handler-discovery';

const greetContract = defineContract('greet', {
  hello: operation(z.object({ name: z.string() }), z.object({ text: z.string() })),
  bye: operation(z.object({}), z.object({})),
});

@Injectable()
class Words {
  readonly greeting = 'Hello';
}

@Controller()
class GreetController {
  constructor(private readonly words: Words) {}

  @MessagePattern('greet.hello')
  hello({ name }: { name: string }): { text: string } {
    return { text: `${this.words.greeting} ${name}` };
  }

  @MessagePattern('greet.bye')
  bye(): object {
    return {};
  }

  @EventPattern('account.created')
  remember(_event: unknown): void {}

  notAHandler(): void {}
}

@Module({ controllers: [GreetController], providers: [Words] })
class HandlersModule {}

@Module({ imports: [HandlersModule] })
class GreetModule {}

@Module({})
class OtherModule {}

async function discover(
  root: Type,
  services: Array<{ name: string; module: Type }>,
): Promise<DiscoveredHandler[]> {
  const app = await NestFactory.createApplicationContext(root, { logger: false });
  try {
    return discoverHandlers(app, services);
  } finally {
    await app.close();
  }
}

function fake(pattern: string, name: string): DiscoveredHandler {
  return { pattern, kind: 'operation', service: 'greet', name, call: () => undefined, takesRuns: false };
}

describe('handler discovery', () => {
  it('finds the handlers of the modules that a service imports, bound to their controller', async () => {
    @Module({ imports: [GreetModule, OtherModule] })
    class Root {}
    const handlers = await discover(Root, [
      { name: 'greet', module: GreetModule },
      { name: 'other', module: OtherModule },
    ]);
    expect(handlers.map(({ pattern, kind, service, name }) => [pattern, kind, service, name])).toEqual([
      ['greet.hello', 'operation', 'greet', 'GreetController.hello'],
      ['greet.bye', 'operation', 'greet', 'GreetController.bye'],
      ['account.created', 'event', 'greet', 'GreetController.remember'],
    ]);
    expect(handlers[0]?.call({ name: 'Ada' })).toEqual({ text: 'Hello Ada' });
  });

  it('does not give the controllers of a global module to any service', async () => {
    @Global()
    @Module({ controllers: [GreetController], providers: [Words] })
    class GlobalModule {}
    @Module({ imports: [GlobalModule, OtherModule] })
    class Root {}
    const handlers = await discover(Root, [{ name: 'other', module: OtherModule }]);
    expect(handlers.map(({ service }) => service)).toEqual([null, null, null]);
  });

  it('refuses a controller that two services share', async () => {
    @Module({ imports: [HandlersModule] })
    class SecondModule {}
    @Module({ imports: [GreetModule, SecondModule] })
    class Root {}
    const services = [
      { name: 'greet', module: GreetModule },
      { name: 'second', module: SecondModule },
    ];
    await expect(discover(Root, services)).rejects.toThrow(
      'GreetController is reached from the modules of greet and of second',
    );
  });

  it('refuses a handler in request scope', async () => {
    @Controller({ scope: Scope.REQUEST })
    class ScopedController {
      @MessagePattern('greet.hello')
      hello(): void {}
    }
    @Module({ controllers: [ScopedController] })
    class Root {}
    await expect(discover(Root, [{ name: 'greet', module: Root }])).rejects.toThrow(
      'ScopedController.hello is request-scoped',
    );
  });
});

describe('the check of handlers', () => {
  it('passes when every operation has one handler', () => {
    expect(() =>
      checkHandlers([greetContract], [fake('greet.hello', 'A.hello'), fake('greet.bye', 'A.bye')]),
    ).not.toThrow();
  });

  it('lists what is missing, duplicate and unknown', () => {
    const handlers = [
      fake('greet.hello', 'A.hello'),
      fake('greet.hello', 'B.hello'),
      fake('greet.wave', 'A.wave'),
    ];
    expect(() => checkHandlers([greetContract], handlers)).toThrow(
      [
        'The message handlers do not match the contracts:',
        '- missing: no handler answers greet.bye',
        '- duplicate: A.hello and B.hello answer greet.hello',
        '- unknown: A.wave answers greet.wave, which no contract of this process has',
      ].join('\n'),
    );
  });
});
