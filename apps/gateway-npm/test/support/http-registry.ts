import { readdirSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import {
  PlatformApi,
  removeTemporaryFolders,
  startPlatform,
  waitUntil,
  type RunningPlatform,
} from '@packhouse/testing';
import { makePublish } from '../builders';
import { password } from './registry-under-test';

export interface Call {
  readonly method?: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text and bytes go as they are, everything else as JSON. */
  readonly body?: unknown;
}

/** An answer as it came over the wire: nothing decoded, followed or repaired. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
  /** Reads `json.a.b` without declaring every document's shape. */
  readonly json: Json;
}

/** A parsed document of any shape, read by paths that the test expects to be there. */
export interface Json {
  readonly [key: string]: Json;
}

/** A member of a document that is expected to be text. */
export function textOf(member: Json): string {
  if (typeof member !== 'string') throw new Error(`Not text: ${JSON.stringify(member)}`);
  return member;
}

export interface Person {
  readonly login: string;
  readonly password: string;
  readonly token: string;
  readonly api: PlatformApi;
}

export type PublishSource = Parameters<typeof makePublish>[0];

/** The compiled product, and the registry in it as a client without manners reaches it. */
export class HttpRegistry {
  private constructor(readonly platform: RunningPlatform) {}

  static async start(env: Readonly<Record<string, string>> = {}): Promise<HttpRegistry> {
    return new HttpRegistry(await startPlatform({ mode: 'embedded', env }));
  }

  get url(): string {
    return `${this.platform.url}/_registry/npm`;
  }

  async stop(): Promise<void> {
    await this.platform.stop();
    removeTemporaryFolders();
  }

  /** A user with a token that may do everything with packages, owning these organizations. */
  async createUser(login: string, organizations: readonly string[] = []): Promise<Person> {
    await this.platform.api.createUser(login, password);
    const api = PlatformApi.withPassword(this.platform.url, login, password);
    for (const organization of organizations) await api.createOrganization(organization);
    return { login, password, token: (await api.createToken()).token, api };
  }

  /** `path` is sent exactly as written, below the registry's base. */
  call(path: string, call: Call = {}): Promise<Answer> {
    return send(`${this.url}${path}`, call);
  }

  /** Publishes as npm does; gives the answer whatever it is. */
  async publish(person: Pick<Person, 'token'>, source: PublishSource = {}): Promise<Answer> {
    const { document, manifest } = await makePublish(source);
    return this.put(person, manifest.name, document);
  }

  put({ token }: Pick<Person, 'token'>, name: string, document: unknown): Promise<Answer> {
    return this.call(`/${name.replace('/', '%2f')}`, { method: 'PUT', token, body: document });
  }

  /** The full document with its revision. */
  async document(name: string, { token }: Partial<Pick<Person, 'token'>> = {}): Promise<Json> {
    const answer = await this.call(`/${name.replace('/', '%2f')}?write=true`, { token });
    if (answer.status !== 200)
      throw new Error(`The document of ${name}: HTTP ${answer.status} ${answer.text}`);
    return answer.json;
  }

  /** Uploads that were begun and neither kept nor dropped. */
  leftUploads(): string[] {
    return readdirSync(join(this.platform.dataFolder, 'blobs', 'uploads'));
  }

  /** Nothing is left behind, no fault was logged, and the registry still answers. */
  async expectUnharmed(): Promise<void> {
    await waitUntil('no upload is left', () => this.leftUploads().length === 0, { seconds: 10, everyMs: 20 });
    expect((await this.call('/-/ping')).status).toBe(200);
    const lines = this.platform.output().split('\n');
    expect(lines.filter((line) => /^\S+ +(error|fatal)\b|"level":"(error|fatal)"/.test(line))).toEqual([]);
  }
}

export function send(url: string, { method = 'GET', token, headers = {}, body }: Call = {}): Promise<Answer> {
  const { origin } = new URL(url);
  const { hostname, port } = new URL(origin);
  const sent =
    body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        hostname,
        port,
        path: url.slice(origin.length),
        method,
        agent: false,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(sent === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(sent) }),
          ...headers,
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve(answerOf(response.statusCode ?? 0, response.headers, Buffer.concat(chunks))),
        );
      },
    );
    request.on('error', reject);
    request.end(sent);
  });
}

function answerOf(status: number, headers: IncomingHttpHeaders, body: Buffer): Answer {
  const text = body.toString('utf8');
  return {
    status,
    headers,
    body,
    text,
    get json() {
      return JSON.parse(text) as Json;
    },
  };
}

/** A refusal as clients can show it: JSON, one sentence in `error` and `message`, never kept by a cache. */
export function expectRefusal(answer: Answer, status: number | readonly number[], sentence?: RegExp): void {
  const wanted = typeof status === 'number' ? [status] : status;
  if (!wanted.includes(answer.status))
    throw new Error(
      `Expected HTTP ${wanted.join(' or ')}, got ${answer.status}: ${answer.text.slice(0, 500)}`,
    );
  expect(answer.headers['content-type']).toMatch(/^application\/json/);
  expect(answer.headers['cache-control']).toBe('no-store');
  const { error, message, code, requestId } = answer.json as unknown as Record<string, string>;
  expect(error).toMatch(/^\S.{8,}[.?!]$/su);
  expect(message).toBe(error);
  expect(code).toMatch(/^E_[A-Z_]+$/);
  expect(requestId).toBe(answer.headers['x-request-id']);
  if (sentence) expect(error).toMatch(sentence);
}
