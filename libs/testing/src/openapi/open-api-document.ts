import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { workspaceFolder } from '../clients/installations';

interface ResponseObject {
  readonly $ref?: string;
  readonly content?: Readonly<Record<string, { readonly schema?: object }>>;
}
interface OperationObject {
  readonly operationId?: string;
  readonly responses: Readonly<Record<string, ResponseObject>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  readonly components?: Readonly<Record<string, Readonly<Record<string, ResponseObject>>>>;
}

/** What an answer is compared with. */
export interface SeenAnswer {
  readonly method: string;
  /** Raw, below the document's prefix, without the query. */
  readonly path: string;
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

const DOCUMENT_ID = 'https://document.test/openapi.json';
const methods = ['get', 'post', 'put', 'patch', 'delete'];

/** An OpenAPI document that answers are compared with. */
export class OpenApiDocument {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
  private readonly validators = new Map<string, ValidateFunction>();
  private readonly templates: ReadonlyArray<{ path: string; pattern: RegExp; literals: number }>;

  constructor(
    private readonly document: Document,
    readonly name: string,
  ) {
    addFormats(this.ajv);
    this.ajv.addSchema({ ...document, $id: DOCUMENT_ID }, undefined, undefined, false);
    this.templates = Object.keys(document.paths)
      .map((path) => ({ path, pattern: patternOf(path), literals: path.replaceAll(/\{\w+\}/g, '').length }))
      .sort((one, other) => other.literals - one.literals);
  }

  /** GitHub's own description of its server's API, as its client's authors publish it. */
  static github(): OpenApiDocument {
    const file = '.cache/clients/octokit/node_modules/@octokit/openapi/generated/ghes-3.17.json';
    const document = JSON.parse(readFileSync(join(workspaceFolder, file), 'utf8')) as Document;
    return new OpenApiDocument(withNullTypes(document) as Document, 'github');
  }

  /** `METHOD path-template` of every operation. */
  list(): string[] {
    return Object.entries(this.document.paths).flatMap(([path, operations]) =>
      methods.filter((method) => operations[method]).map((method) => `${method.toUpperCase()} ${path}`),
    );
  }

  /** What is wrong with an answer, in sentences; none: it is as described. */
  faultsOf(seen: SeenAnswer): string[] {
    const { method, path, status } = seen;
    const what = `${method} ${path} (${status})`;
    const template = this.findTemplate(method, path);
    if (template === undefined) return [`${what}: ${this.name} has no such operation`];
    const pointer = ['paths', template, methodOf(method), 'responses', String(status)];
    const declared = this.document.paths[template]?.[methodOf(method)]?.responses[String(status)];
    if (declared) return this.faultsOfBody(seen, declared, pointer).map((fault) => `${what}: ${fault}`);
    return status === 304 ? [] : [`${what}: ${this.name} does not declare this status`];
  }

  private findTemplate(method: string, path: string): string | undefined {
    return this.templates.find(
      ({ path: candidate, pattern }) =>
        pattern.test(path) && this.document.paths[candidate]?.[methodOf(method)],
    )?.path;
  }

  private faultsOfBody(
    { method, contentType, text }: SeenAnswer,
    declared: ResponseObject,
    pointer: string[],
  ): string[] {
    if (method === 'HEAD' || pointer.at(-1) === '304') return [];
    const [{ content }, place] = this.resolve(declared, pointer);
    if (!content) return text === '' ? [] : ['an answer where none is declared'];
    const media = contentType.split(';')[0] ?? '';
    if (!content[media]) return [`${this.name} does not declare the type "${media}"`];
    return media === 'application/json' ? this.validate([...place, 'content', media, 'schema'], text) : [];
  }

  private resolve(response: ResponseObject, place: string[]): [ResponseObject, string[]] {
    const [, , group = '', name = ''] = response.$ref?.split('/') ?? [];
    const found = this.document.components?.[group]?.[name];
    return found ? [found, ['components', group, name]] : [response, place];
  }

  private validate(pointer: readonly string[], text: string): string[] {
    const reference = `${DOCUMENT_ID}#/${pointer.map(escapePointer).join('/')}`;
    let validate = this.validators.get(reference);
    if (!validate) this.validators.set(reference, (validate = this.ajv.compile({ $ref: reference })));
    if (validate(parse(text))) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `${instancePath || '/'} ${message ?? 'is wrong'} ${JSON.stringify(params)}`,
    );
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function methodOf(method: string): string {
  return method === 'HEAD' ? 'get' : method.toLowerCase();
}

function patternOf(path: string): RegExp {
  const parts = path.split(/\{\w+\}/).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^/]+')}$`);
}

function escapePointer(part: string): string {
  return encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
}

/** OpenAPI 3.0 says `nullable` where JSON Schema has the type `null`. */
function withNullTypes(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withNullTypes);
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node as Record<string, unknown>).map(
    ([name, value]) => [name, name === 'example' ? value : withNullTypes(value)] as const,
  );
  const rest = Object.fromEntries(entries.filter(([name, value]) => name !== 'nullable' || value !== true));
  return entries.length === Object.keys(rest).length ? rest : { anyOf: [rest, { type: 'null' }] };
}
