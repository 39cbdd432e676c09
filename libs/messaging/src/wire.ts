import { MAX_MESSAGE_BYTES } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';

// UTF-8 needs at most 3 bytes for a UTF-16 code unit: texts shorter than this need no count.
const surelySmall = Math.floor(MAX_MESSAGE_BYTES / 3);

/**
 * The JSON text of a message, or why it cannot be sent: `invalid_request` for what JSON cannot say (cycles, bigints),
 * `payload_too_large` above MAX_MESSAGE_BYTES. `what` names the message in the sentence.
 */
export function encodeMessage(value: unknown, what: string): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    throw new DomainError('invalid_request', `The ${what} cannot be written as JSON.`, {}, { cause: error });
  }
  // undefined, a function or a symbol: the other side finds null there and says what it wanted.
  text ??= 'null';
  if (text.length > surelySmall) checkMessageSize(Buffer.byteLength(text), what);
  return text;
}

/** @throws DomainError `payload_too_large` when a message of `bytes` may not travel on the bus. */
export function checkMessageSize(bytes: number, what: string): void {
  if (bytes <= MAX_MESSAGE_BYTES) return;
  throw new DomainError(
    'payload_too_large',
    `The ${what} has ${bytes} bytes, more than the ${MAX_MESSAGE_BYTES} a message may have: send or ask for less at a time.`,
    {
      bytes,
      limit: MAX_MESSAGE_BYTES,
    },
  );
}
