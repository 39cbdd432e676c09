import { OpenApiDocument, type SeenAnswer } from './open-api-document';

const prefixes = ['/api/v3', '/api/packhouse/v1'] as const;

export interface ConformingFetchOptions {
  /** Also compare successes below /api/v3 with GitHub's own description, for the operations that it has. */
  readonly github?: boolean;
}

/**
 * A `fetch` that compares every answer of the management APIs with the OpenAPI document that the instance itself serves,
 * and rejects when one does not fit. For Octokit: `new Octokit({ request: { fetch: conforming.fetch } })`.
 */
export class ConformingFetch {
  /** `METHOD template-or-path status` of what was compared so far. */
  readonly compared: string[] = [];

  private constructor(
    private readonly url: string,
    private readonly documents: ReadonlyMap<string, OpenApiDocument>,
    private readonly github: OpenApiDocument | null,
  ) {}

  /** Reads the documents of the instance at `url`. */
  static async open(url: string, { github = false }: ConformingFetchOptions = {}): Promise<ConformingFetch> {
    const documents = new Map<string, OpenApiDocument>();
    for (const prefix of prefixes) {
      const answer = await fetch(`${url}${prefix}/openapi.json`);
      if (!answer.ok) throw new Error(`${prefix}/openapi.json answered HTTP ${answer.status}`);
      const document = (await answer.json()) as ConstructorParameters<typeof OpenApiDocument>[0];
      documents.set(prefix, new OpenApiDocument(document, `the document of ${prefix}`));
    }
    return new ConformingFetch(url, documents, github ? OpenApiDocument.github() : null);
  }

  /** `METHOD path-template` of every operation that the instance declares below a prefix. */
  operationsOf(prefix: (typeof prefixes)[number]): string[] {
    return this.documents.get(prefix)?.list() ?? [];
  }

  readonly fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const answer = await fetch(input, init);
    const method = (init?.method ?? (input instanceof Request ? input.method : 'GET')).toUpperCase();
    const target = input instanceof Request ? input.url : String(input);
    const faults = await this.check(method, target, answer.clone());
    if (faults.length > 0) throw new Error(`The answer is not as described:\n- ${faults.join('\n- ')}`);
    return answer;
  };

  private async check(method: string, target: string, answer: Response): Promise<string[]> {
    const [address = ''] = target.split('?', 1);
    const prefix = prefixes.find((candidate) => address.startsWith(`${this.url}${candidate}`));
    if (!prefix) return [];
    const seen = {
      method,
      path: address.slice(this.url.length + prefix.length).replace(/\/$/, '') || '/',
      status: answer.status,
      contentType: answer.headers.get('content-type') ?? '',
      text: await answer.text(),
    };
    this.compared.push(`${method} ${prefix}${seen.path} ${answer.status}`);
    const own = this.documents.get(prefix)?.faultsOf(seen) ?? [];
    // A path that nobody serves is rightly in no document.
    const faults = answer.status === 404 ? own.filter(isAboutKnown) : own;
    return prefix === '/api/v3' && answer.ok ? [...faults, ...this.compareWithGithub(seen)] : faults;
  }

  private compareWithGithub(seen: SeenAnswer): string[] {
    return (this.github?.faultsOf(seen) ?? []).filter(isAboutKnown);
  }
}

function isAboutKnown(fault: string): boolean {
  return !fault.endsWith('no such operation');
}
