const REDACTED = '[redacted]';

/** Names of facts whose values are secrets, whatever they hold. */
const secretName = /authorization|cookie|password|secret|otp$|^token$|recoverycodes/i;
/** Token management paths end in the token itself or in a hash that stands for it: `…/-/user/token/TOKEN`. */
const tokenPath = /(\/(?:tokens?|done|v1\/done)\/(?:token\/)?)[^/?#\s]+/gi;
const credential = /\b(Bearer|Basic)\s+[^\s,;"']+/gi;
const userInfo = /(\w+:\/\/)[^/\s@]+@/g;
const MAX_DEPTH = 4;

/** A text without the secrets that URLs and header values carry. */
export function redactText(text: string): string {
  return text
    .replace(tokenPath, `$1${REDACTED}`)
    .replace(credential, `$1 ${REDACTED}`)
    .replace(userInfo, `$1${REDACTED}@`);
}

/** Facts without secrets: by the names of the facts, and within texts. Errors keep their message, code and stack. */
export function redactFacts(facts: object): Record<string, unknown> {
  return redactEntries(facts, 0);
}

function redactEntries(source: object, depth: number): Record<string, unknown> {
  const clean: [string, unknown][] = Object.entries(source).map(([name, value]) => [
    name,
    secretName.test(name) && value !== null && value !== undefined ? REDACTED : redactValue(value, depth),
  ]);
  return Object.fromEntries(clean);
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  if (value instanceof Error) return redactError(value, depth);
  if (depth >= MAX_DEPTH) return '[…]';
  if (Array.isArray(value)) return value.map((item) => redactValue(item, depth + 1));
  return redactEntries(value, depth + 1);
}

function redactError(error: Error, depth: number): Record<string, unknown> {
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    message: redactText(error.message),
    ...(typeof code === 'string' ? { code } : {}),
    ...(error.stack ? { stack: redactText(error.stack) } : {}),
    ...(error.cause instanceof Error && depth < MAX_DEPTH
      ? { cause: redactError(error.cause, depth + 1) }
      : {}),
  };
}
