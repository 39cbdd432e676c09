import type { FormatDescriptor } from '@packhouse/contracts';
import type { ErrorRenderer } from '@packhouse/http';
import type { DigestAlgorithm } from '@packhouse/kernel';

/** What a format is: everything the flows need to know of it. One per gateway, in `<format>.format.ts`. */
export interface FormatDefinition extends FormatDescriptor {
  /** Digests that its documents show; SHA-256 is always computed. */
  readonly digests: readonly DigestAlgorithm[];
  /** Status, headers (challenge included) and body of a failure, in the channel that its clients print. */
  readonly renderError: ErrorRenderer;
}

export function defineFormat(definition: FormatDefinition): FormatDefinition {
  return definition;
}

/** A package as a request names it. */
export interface PackageName {
  readonly ownerLogin: string;
  /** As written. */
  readonly name: string;
  /** As compared: two names with one key are the same package. */
  readonly nameKey: string;
  /** As paths of the API show it, where that is another name: without what the owner implies. */
  readonly apiName?: string;
  /** Where packages belong to repositories: to which one this would belong. `id` null: there is none of that name. */
  readonly ofRepository?: { readonly id: string | null };
}
