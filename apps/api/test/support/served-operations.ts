/** A route as the served OpenAPI documents describe it. */
export interface ServedOperation {
  readonly method: string;
  /** Whole, with parameters in braces. */
  readonly path: string;
  readonly pathParameters: readonly string[];
  readonly queryParameters: readonly string[];
  readonly body: Schema | null;
}

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly anyOf?: readonly Schema[];
  readonly minimum?: number;
}

interface Described {
  readonly parameters?: ReadonlyArray<{ readonly in: string; readonly name: string }>;
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

/** Values of parameters and properties, by their names. */
export type Values = Readonly<Record<string, unknown>>;

const prefixes = ['/api/v3', '/api/packhouse/v1'];
const methods = ['get', 'post', 'put', 'patch', 'delete'];

/** Every operation that the instance declares. */
export async function readServedOperations(url: string): Promise<ServedOperation[]> {
  const operations: ServedOperation[] = [];
  for (const prefix of prefixes) {
    const document = (await (await fetch(`${url}${prefix}/openapi.json`)).json()) as Document;
    for (const [path, described] of Object.entries(document.paths))
      for (const method of methods) {
        const operation = described[method];
        if (operation) operations.push(toOperation(method, `${prefix}${path}`, operation, document));
      }
  }
  return operations;
}

function toOperation(
  method: string,
  path: string,
  described: Described,
  document: Document,
): ServedOperation {
  const named = (place: string): string[] =>
    (described.parameters ?? []).flatMap((one) => (one.in === place ? one.name : []));
  const schema = described.requestBody?.content['application/json']?.schema;
  return {
    ...{ method: method.toUpperCase(), path },
    ...{ pathParameters: named('path'), queryParameters: named('query') },
    body: schema ? resolve(schema, document) : null,
  };
}

/** Without references, so that a body can be made without the document. */
function resolve(schema: Schema, document: Document, depth = 0): Schema {
  const name = schema.$ref?.split('/').at(-1);
  const found = name === undefined ? schema : (document.components?.schemas?.[name] ?? {});
  if (depth > 5 || !found.properties) return found;
  const properties = Object.entries(found.properties).map(
    ([key, value]) => [key, resolve(value, document, depth + 1)] as const,
  );
  return { ...found, properties: Object.fromEntries(properties) };
}

/** A body with every property that is required or that `values` names. */
export function bodyFor(schema: Schema, values: Values): unknown {
  const properties = Object.entries(schema.properties ?? {}).filter(
    ([name]) => name in values || schema.required?.includes(name),
  );
  return Object.fromEntries(
    properties.map(([name, property]) => [name, name in values ? values[name] : sampleOf(property, values)]),
  );
}

function sampleOf(schema: Schema, values: Values): unknown {
  const [first] = schema.anyOf ?? [];
  if (first) return sampleOf(first, values);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  const samples: Readonly<Record<string, () => unknown>> = {
    object: () => bodyFor(schema, values),
    array: () => (schema.items && schema.minItems ? [sampleOf(schema.items, values)] : []),
    boolean: () => true,
    integer: () => schema.minimum ?? 1,
    string: () => 'text',
  };
  return samples[String(schema.type)]?.() ?? null;
}

/** The address of an operation with these values; throws for a parameter that they do not name. */
export function addressOf({ path, queryParameters }: ServedOperation, values: Values): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => {
    if (!(name in values)) throw new Error(`${path}: there is no value for the parameter "${name}".`);
    return encodeURIComponent(String(values[name]));
  });
  const query = queryParameters.filter((name) => name in values).map((name) => [name, String(values[name])]);
  const text = new URLSearchParams(Object.fromEntries(query) as Record<string, string>).toString();
  return text === '' ? filled : `${filled}?${text}`;
}
