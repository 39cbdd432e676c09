import * as contracts from '@packhouse/contracts';
import type { EventDefinition } from '@packhouse/contracts';

/** The types of all events that the contracts declare: what is added there is in the log without a word here. */
export const auditedEventTypes: string[] = Object.values<unknown>(contracts)
  .flatMap((exported) => (isGroup(exported) ? Object.values(exported) : []))
  .map(({ type }) => type);

/** A group of events, as `authEvents`. */
function isGroup(value: unknown): value is Record<string, EventDefinition> {
  if (typeof value !== 'object' || value === null) return false;
  const members = Object.values(value as Record<string, unknown>);
  return members.length > 0 && members.every(isDefinition);
}

function isDefinition(value: unknown): value is EventDefinition {
  if (typeof value !== 'object' || value === null) return false;
  const { type, payload } = value as Partial<EventDefinition>;
  return typeof type === 'string' && type.includes('.') && typeof payload?.safeParse === 'function';
}
