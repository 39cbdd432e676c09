import type { Type } from '@nestjs/common';
import type { SettingsGroup } from '@packhouse/config';
import type { Contract, FormatDescriptor } from '@packhouse/contracts';
import type { ServiceSchema } from '@packhouse/database';
import type { ErrorRenderer } from '@packhouse/http';

/** What the product needs to know of a service to run it, alone or with the others. */
export interface ServiceDefinition {
  /** As in `packhouse serve NAME`. */
  readonly name: string;
  /** Its Nest module: message handlers, routes, providers. Platform providers are global. */
  readonly module: Type;
  /** The operations it answers. At start every one of them must have exactly one handler. */
  readonly contract?: Contract;
  /** Its part of the database, for core services. */
  readonly schema?: ServiceSchema;
  /** Classes (providers of its module) that implement Job. */
  readonly jobs?: readonly Type[];
  /** Settings of its own, in groups. */
  readonly settings?: SettingsGroup | readonly SettingsGroup[];
  /** Listens for HTTP: gateways and the API. Core services answer the bus only. */
  readonly http?: {
    /** First path segments it serves, as the front proxy needs them: `/_registry/npm`. `/` takes the rest. */
    readonly paths: readonly string[];
    /** First labels of host names below the public one that stand for the first path, besides the format's id. */
    readonly hosts?: readonly string[];
    /** Rewrites a raw request path before routing (decoding quirks of a protocol), given without the query. */
    readonly normalisePath?: (path: string) => string;
    /** The dress of failures below its paths that no route of its own answered: unknown paths, broken requests. */
    readonly renderError?: ErrorRenderer;
  };
  /** What a gateway announces to the metadata service. */
  readonly format?: FormatDescriptor;
  /** Ready-to-paste lines that point this format's clients at the instance, for the start screen. */
  readonly clientSetup?: (baseUrl: string) => readonly string[];
}

export function defineService(definition: ServiceDefinition): ServiceDefinition {
  return definition;
}
