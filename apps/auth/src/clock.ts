import { Inject } from '@nestjs/common';

/** Injection token of this service's clock. */
export const CLOCK = Symbol('AuthClock');

export const InjectClock = (): ParameterDecorator => Inject(CLOCK);
