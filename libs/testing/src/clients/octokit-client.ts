import { createRequire } from 'node:module';
import { join } from 'node:path';
import { getClient, modulesOf } from './installations';

/** What the client answers, and what its failures carry in `response`. */
export interface OctokitAnswer<T = unknown> {
  readonly status: number;
  readonly data: T;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

type Method = (parameters?: object) => Promise<OctokitAnswer>;

interface Octokit {
  readonly rest: Readonly<Record<string, Readonly<Record<string, Method>>>>;
  request(route: string, parameters?: object): Promise<OctokitAnswer>;
  paginate(method: Method, parameters?: object): Promise<unknown[]>;
}

export interface OctokitOptions {
  /** Where the platform is. */
  readonly url: string;
  /** An access token; without one the client is a stranger. */
  readonly token?: string;
  /** Default: the global one. */
  readonly fetch?: typeof fetch;
}

/** The unmodified `@octokit/rest`, as administrators' scripts use it. */
export class OctokitClient {
  private constructor(private readonly octokit: Octokit) {}

  static open({ url, token, fetch: fetchWith = fetch }: OctokitOptions): OctokitClient {
    getClient('octokit');
    const load = createRequire(join(modulesOf('octokit'), 'loader.js'));
    const module = load('@octokit/rest') as { Octokit: new (options: object) => Octokit };
    const silent = { debug: noLog, info: noLog, warn: noLog, error: noLog };
    const settings = { baseUrl: `${url}/api/v3`, auth: token, request: { fetch: fetchWith }, log: silent };
    return new OctokitClient(new module.Octokit(settings));
  }

  /** `rest.teams.create` is `call('teams.create', …)`; gives the data. */
  async call<T = Record<string, unknown>>(name: string, parameters?: object): Promise<T> {
    return (await this.send<T>(name, parameters)).data;
  }

  /** The whole answer. Rejects as the client does: with `status`, `message` and `response`. */
  async send<T = unknown>(name: string, parameters?: object): Promise<OctokitAnswer<T>> {
    return (await this.methodOf(name)(parameters)) as OctokitAnswer<T>;
  }

  /** Every item of every page, found by the Link header. */
  async paginate<T = Record<string, unknown>>(name: string, parameters?: object): Promise<T[]> {
    return (await this.octokit.paginate(this.methodOf(name), parameters)) as T[];
  }

  /** A route that the client has no method for: `request('POST /admin/users', …)`. */
  async request<T = Record<string, unknown>>(route: string, parameters?: object): Promise<OctokitAnswer<T>> {
    return (await this.octokit.request(route, parameters)) as OctokitAnswer<T>;
  }

  /** The status of a call, whether it succeeded or not. */
  async statusOf(name: string, parameters?: object): Promise<number> {
    return this.send(name, parameters).then(
      ({ status }) => status,
      (error: { response?: OctokitAnswer }) => {
        // The client gives status 500 to what never was an answer.
        if (!error.response) throw error;
        return error.response.status;
      },
    );
  }

  private methodOf(name: string): Method {
    const [group = '', method = ''] = name.split('.');
    const found = this.octokit.rest[group]?.[method];
    if (!found) throw new Error(`@octokit/rest has no method ${name}.`);
    return found;
  }
}

function noLog(): void {}
