import { DomainError } from '@packhouse/kernel';

const controlCharacters = new RegExp(
  '[\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]',
  'g',
);

/**
 * One line of text that people wrote and other people read, trimmed. Control characters and marks that turn the
 * direction of writing are refused: the database cannot hold NUL, and a list must not be falsified by a name.
 */
export function readLine(text: string, what: string, maxLength: number): string {
  const line = text.trim();
  if (line.length > maxLength)
    throw new DomainError('invalid_request', `The ${what} is too long: use at most ${maxLength} characters.`);
  if (line.search(controlCharacters) >= 0) {
    throw new DomainError(
      'invalid_request',
      `The ${what} has control characters in it: use plain text on one line.`,
    );
  }
  return line;
}

/** The same for optional text; empty counts as none. */
export function readOptionalLine(text: string | null, what: string, maxLength: number): string | null {
  return text === null ? null : readLine(text, what, maxLength) || null;
}

/** Text that a client sent along, for display: whatever cannot be shown is left out, and it is cut. */
export function cleanLine(text: string, maxLength: number): string {
  return text.replace(controlCharacters, ' ').trim().slice(0, maxLength);
}
