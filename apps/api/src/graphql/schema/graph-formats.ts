import type { FormatDescriptor } from '@packhouse/contracts';
import { packageTypeOf } from './package-type';

/** What the schema shows of formats: their types, of which several may share one, and where files are served. */
export class GraphFormats {
  private readonly byId: ReadonlyMap<string, FormatDescriptor>;

  constructor(formats: readonly FormatDescriptor[]) {
    this.byId = new Map(formats.map((format) => [format.id, format]));
  }

  typeOf(format: string): string {
    return packageTypeOf(this.byId.get(format) ?? { id: format });
  }

  formatsOf(type: string): string[] {
    return [...this.byId.values()].filter((one) => packageTypeOf(one) === type).map(({ id }) => id);
  }

  /** How the gateway of a format writes the path of a file; null where its files have none. */
  fileUrlOf(format: string): string | null {
    return this.byId.get(format)?.fileUrl ?? null;
  }
}
