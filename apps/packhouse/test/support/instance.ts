import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { layCluster } from '@packhouse/testing';
import { Product, type Ended } from './product';

/** A started instance of its own, and the command line as its administrator. */
export class Instance {
  private constructor(
    private readonly folder: string,
    private readonly server: Product,
    readonly url: string,
    /** Of its administrator, `admin-user`. */
    readonly password: string,
  ) {}

  static async start(): Promise<Instance> {
    const password = 'correct-horse-battery';
    const folder = await mkdtemp(join(tmpdir(), 'packhouse-instance-'));
    await layCluster(join(folder, 'data', 'postgres'));
    const server = new Product(['start'], {
      PACKHOUSE_DATA: join(folder, 'data'),
      PACKHOUSE_PORT: '0',
      PACKHOUSE_ADMIN_PASSWORD: password,
    });
    return new Instance(folder, server, await server.ready(), password);
  }

  async stop(): Promise<void> {
    this.server.kill('SIGTERM');
    await this.server.end();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Runs a command, whatever it ends with; `typed` is what it reads. */
  run(args: readonly string[], env: Readonly<Record<string, string>> = {}, typed?: string): Promise<Ended> {
    const admin = { PACKHOUSE_LOGIN: 'admin-user', PACKHOUSE_PASSWORD: this.password };
    return new Product(args, { PACKHOUSE_URL: this.url, ...admin, ...env }, typed).end();
  }

  /** What a command prints; it must succeed. */
  async say(args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(args);
    if (code !== 0) throw new Error(`packhouse ${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  }

  async read<T>(args: readonly string[]): Promise<T> {
    return JSON.parse(await this.say([...args, '--json'])) as T;
  }
}
