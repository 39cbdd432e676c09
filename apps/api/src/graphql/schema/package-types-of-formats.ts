import type { FormatDescriptor } from '@packhouse/contracts';
import { packageTypeOf } from './package-type';

/** Which formats the schema shows under which type; several formats may share one. */
export class PackageTypes {
  private readonly types: ReadonlyMap<string, string>;

  constructor(formats: readonly FormatDescriptor[]) {
    this.types = new Map(formats.map((format) => [format.id, packageTypeOf(format)]));
  }

  typeOf(format: string): string {
    return this.types.get(format) ?? packageTypeOf({ id: format });
  }

  formatsOf(type: string): string[] {
    return [...this.types].filter(([, one]) => one === type).map(([format]) => format);
  }
}
