import { MessagePattern } from '@nestjs/microservices';
import { authContract, patternOf, type RequestOf, type ResponseOf } from '@packhouse/contracts';

type OperationName = keyof (typeof authContract)['operations'];

/** What an operation of this service receives, validated. */
export type Ask<K extends OperationName> = RequestOf<typeof authContract, K>;
/** What it answers. */
export type Answer<K extends OperationName> = ResponseOf<typeof authContract, K>;

/** Marks the handler of an operation of this service. */
export const Answers = (name: OperationName): MethodDecorator =>
  MessagePattern(patternOf(authContract, name));
