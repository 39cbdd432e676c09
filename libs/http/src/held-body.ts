import type { IncomingMessage, ServerResponse } from 'node:http';

const held = new WeakMap<IncomingMessage, ServerResponse>();

/** Notes that the client sends its body only when it is asked to (`Expect: 100-continue`, RFC 9110 section 10.1.1). */
export function noteHeldBody(request: IncomingMessage, response: ServerResponse): void {
  held.set(request, response);
}

/** Asks for a body that the client holds back: whoever reads one does this first, when it is sure that it wants it. */
export function askForBody(request: IncomingMessage): void {
  const response = held.get(request);
  if (!response) return;
  held.delete(request);
  response.writeContinue();
}

/** Whether the client still waits with its body. */
export function isBodyHeld(request: IncomingMessage): boolean {
  return held.has(request);
}
