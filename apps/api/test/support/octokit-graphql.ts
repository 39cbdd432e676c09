import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const client = join(
  __dirname,
  '../../../../.cache/clients/octokit/node_modules/@octokit/graphql/dist-bundle/index.js',
);

/** Runs the client as it is published: an ES module, which Jest's own loader cannot take. */
const script = `
import { createInterface } from 'node:readline';
const { graphql } = await import(process.argv[1]);
for await (const line of createInterface({ input: process.stdin })) {
  const { id, baseUrl, token, query, variables, headers } = JSON.parse(line);
  const call = graphql.defaults({ baseUrl, headers: { ...headers, ...(token ? { authorization: 'token ' + token } : {}) } });
  let answer;
  try {
    answer = { data: await call(query, variables) };
  } catch (error) {
    const { name, status, message, errors, data } = error;
    answer = { failure: { name, status, message, errors }, data: data?.data ?? data };
  }
  console.log(JSON.stringify({ id, ...answer }));
}
`;

export interface GraphqlFailure {
  readonly name: string;
  readonly status?: number;
  readonly message: string;
  readonly errors?: ReadonlyArray<{
    readonly type?: string;
    readonly message: string;
    readonly path?: ReadonlyArray<string | number>;
    readonly locations?: readonly unknown[];
  }>;
}

/** What the client resolved or rejected with. */
export interface GraphqlOutcome<T = Record<string, unknown>> {
  readonly data?: T;
  readonly failure?: GraphqlFailure;
}

export interface GraphqlCall {
  readonly token?: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The unmodified `@octokit/graphql` in a process of its own. */
export class OctokitGraphql {
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, (outcome: GraphqlOutcome) => void>();
  private count = 0;

  constructor(private readonly baseUrl: string) {
    if (!existsSync(client))
      throw new Error('Run "node scripts/install-clients.mjs": the clients are missing.');
    this.child = spawn(process.execPath, ['--input-type=module', '-e', script, client], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    createInterface({ input: this.child.stdout! }).on('line', (line) => {
      const { id, ...outcome } = JSON.parse(line) as GraphqlOutcome & { id: number };
      this.waiting.get(id)?.(outcome);
      this.waiting.delete(id);
    });
  }

  send<T = Record<string, unknown>>(query: string, call: GraphqlCall = {}): Promise<GraphqlOutcome<T>> {
    const id = (this.count += 1);
    return new Promise((resolve) => {
      this.waiting.set(id, resolve as (outcome: GraphqlOutcome) => void);
      this.child.stdin?.write(`${JSON.stringify({ id, baseUrl: this.baseUrl, query, ...call })}\n`);
    });
  }

  /** The data of a query that must succeed. */
  async read<T>(query: string, call: GraphqlCall = {}): Promise<T> {
    const { data, failure } = await this.send<T>(query, call);
    if (failure || !data) throw new Error(`The query failed: ${JSON.stringify(failure)}`);
    return data;
  }

  stop(): void {
    this.child.stdin?.end();
  }
}
