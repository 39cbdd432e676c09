import { Injectable } from '@nestjs/common';
import { metadataContract, type MetadataClient } from '@packhouse/contracts';
import { MINUTE } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import type { GraphQLSchema } from 'graphql';
import { QueryDocuments } from '../limits/query-documents';
import { GraphqlSettings } from '../graphql.settings';
import { createGraphSchema } from './graph-schema';
import { GraphFormats } from './graph-formats';

/** A schema and the queries that were checked against it. */
export interface CurrentSchema {
  readonly schema: GraphQLSchema;
  readonly documents: QueryDocuments;
  readonly formats: GraphFormats;
}

/** The schema for the formats that are announced; made again when another format appears. */
@Injectable()
export class SchemaSource {
  private made: (CurrentSchema & { readonly names: string }) | null = null;
  private nextLook = 0;

  constructor(
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
    private readonly settings: GraphqlSettings,
  ) {}

  async current(): Promise<CurrentSchema> {
    if (this.made && Date.now() < this.nextLook) return this.made;
    const { formats } = await this.metadata.listFormats({});
    this.nextLook = Date.now() + MINUTE;
    const names = formats
      .map(({ id, packageType, fileUrl }) => `${id}/${packageType ?? ''}/${fileUrl ?? ''}`)
      .sort()
      .join(' ');
    if (this.made?.names === names) return this.made;
    const schema = createGraphSchema(formats);
    this.made = {
      names,
      schema,
      documents: new QueryDocuments(schema, this.settings.values),
      formats: new GraphFormats(formats),
    };
    return this.made;
  }
}
