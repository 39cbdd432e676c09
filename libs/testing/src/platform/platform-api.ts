/** An answer of the platform's API that a test did not expect. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly body: unknown,
    what: string,
  ) {
    super(`${what} answered HTTP ${status}: ${JSON.stringify(body)}`);
    this.name = 'ApiError';
  }
}

/** A token as the API gives it, its text included this once. */
export interface CreatedToken {
  readonly id: string;
  readonly token: string;
}

export interface TokenRequest {
  readonly name?: string;
  readonly scopes?: readonly string[];
  /** Default: never. */
  readonly expiresAt?: string;
}

/** In bytes; without a limit nothing is reserved. */
export interface StorageFigures {
  readonly limit: number | null;
  readonly used: number;
  readonly reserved: number;
}

const allPackageScopes = ['read:packages', 'write:packages', 'delete:packages'];

/** `/api/packhouse/v1` as somebody: with a password or with a token. */
export class PlatformApi {
  private constructor(
    private readonly url: string,
    private readonly authorization: string,
  ) {}

  static withPassword(url: string, login: string, password: string): PlatformApi {
    return new PlatformApi(url, `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`);
  }

  static withToken(url: string, token: string): PlatformApi {
    return new PlatformApi(url, `Bearer ${token}`);
  }

  /** Makes an account that signs in with this password. */
  async createUser(login: string, password: string): Promise<void> {
    await this.call('POST', '/users', { login, password });
  }

  /** Makes an organization owned by the caller. */
  async createOrganization(login: string): Promise<void> {
    await this.call('POST', '/organizations', { login });
  }

  async setMember(organization: string, login: string, role: 'owner' | 'member'): Promise<void> {
    await this.call('PUT', `/organizations/${organization}/members/${login}`, { role });
  }

  /** A token of the caller; by default it may do everything with packages, and does not expire. */
  async createToken({
    name = 'test',
    scopes = allPackageScopes,
    expiresAt,
  }: TokenRequest = {}): Promise<CreatedToken> {
    const answer = (await this.call('POST', '/tokens', { name, scopes, expiresAt })) as Record<
      string,
      unknown
    >;
    const info = (answer.info ?? answer) as { id: string };
    return { id: info.id, token: String(answer.token) };
  }

  async revokeToken(id: string): Promise<void> {
    await this.call('DELETE', `/tokens/${id}`);
  }

  /** How many bytes an owner may store, for site administrators; null: no limit. */
  async setStorageLimit(owner: string, bytes: number | null): Promise<void> {
    await this.call('PUT', `/owners/${owner}/storage`, { limitBytes: bytes });
  }

  /** What an owner stores, in bytes, and what uploads under way may add. */
  async getStorage(owner: string): Promise<StorageFigures> {
    const answer = (await this.call('GET', `/owners/${owner}/storage`)) as Record<string, number | null>;
    return {
      limit: answer.limitBytes ?? null,
      used: Number(answer.usedBytes),
      reserved: Number(answer.reservedBytes),
    };
  }

  /** Any other call; gives the parsed body. */
  async call(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${this.url}/api/packhouse/v1${path}`, {
      method,
      headers: {
        authorization: this.authorization,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    const parsed: unknown = text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text;
    if (!answer.ok) throw new ApiError(answer.status, parsed, `${method} ${path}`);
    return parsed;
  }
}
