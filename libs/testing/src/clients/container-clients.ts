import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandResult } from '../processes/run-command';
import { findProgram } from '../processes/programs';
import { CommandClient } from './command-client';
import { getClient } from './installations';

/** Where images go, and as whom. */
export interface ContainerClientOptions {
  /** Host and port of the registry: the first part of every reference. */
  readonly host: string;
}

export interface Login {
  readonly login: string;
  /** A token of the account, or its password. */
  readonly secret: string;
}

/** What skopeo, buildah and podman share: storage, registries and credentials of their own below their home. */
abstract class ContainersClient extends CommandClient {
  readonly host: string;

  protected constructor(program: 'skopeo' | 'buildah' | 'podman', { host }: ContainerClientOptions) {
    super(program, [findProgram(program)]);
    this.host = host;
    const storage = [`driver="vfs"`, `graphroot="${this.folder}/root"`, `runroot="${this.folder}/run"`];
    writeFileSync(join(this.folder, 'storage.conf'), `[storage]\n${storage.join('\n')}\n`);
    const registry = `[[registry]]\nlocation="${host}"\ninsecure=true\n`;
    writeFileSync(join(this.folder, 'registries.conf'), `unqualified-search-registries=[]\n${registry}`);
    writeFileSync(join(this.folder, 'policy.json'), '{"default":[{"type":"insecureAcceptAnything"}]}');
    writeFileSync(join(this.folder, 'auth.json'), '{}');
    mkdirSync(join(this.folder, 'tmp'));
  }

  /** `HOST/NAME` or, given a tag or digest, `HOST/NAME:TAG` or `HOST/NAME@DIGEST`. */
  nameOf(name: string, reference = ''): string {
    return `${this.host}/${name}${reference && (reference.includes(':') ? `@${reference}` : `:${reference}`)}`;
  }

  signIn(account: Login): Promise<CommandResult> {
    return this.run(this.signInArguments(account));
  }

  /** As {@link signIn}, whatever comes of it. */
  attemptSignIn(account: Login): Promise<CommandResult> {
    return this.attempt(this.signInArguments(account));
  }

  signOut(): Promise<CommandResult> {
    return this.run(['logout', this.host]);
  }

  private signInArguments({ login, secret }: Login): string[] {
    return ['login', '--tls-verify=false', '-u', login, '-p', secret, this.host];
  }

  protected override environment(): Record<string, string> {
    return {
      ...super.environment(),
      TMPDIR: join(this.folder, 'tmp'),
      CONTAINERS_STORAGE_CONF: join(this.folder, 'storage.conf'),
      CONTAINERS_REGISTRIES_CONF: join(this.folder, 'registries.conf'),
      REGISTRY_AUTH_FILE: join(this.folder, 'auth.json'),
      DOCKER_CONFIG: join(this.folder, 'docker'),
      XDG_RUNTIME_DIR: join(this.folder, 'tmp'),
      BUILDAH_ISOLATION: 'chroot',
      BUILDAH_FORMAT: 'oci',
    };
  }
}

/** skopeo: copies, inspects and deletes images in registries. */
export class SkopeoClient extends ContainersClient {
  constructor(options: ContainerClientOptions) {
    super('skopeo', options);
  }

  /** Copies between any two of its transports: `oci:FOLDER:TAG`, `dir:FOLDER`, or {@link at}. */
  copy(from: string, to: string, ...flags: string[]): Promise<CommandResult> {
    return this.run([
      'copy',
      ...this.policy,
      '--src-tls-verify=false',
      '--dest-tls-verify=false',
      ...flags,
      from,
      to,
    ]);
  }

  /** The image in the registry, as skopeo writes it. */
  at(name: string, reference = ''): string {
    return `docker://${this.nameOf(name, reference)}`;
  }

  /** A command that takes one image of the registry: inspect, delete, list-tags. */
  ask(
    command: 'inspect' | 'delete' | 'list-tags',
    image: string,
    ...flags: string[]
  ): Promise<CommandResult> {
    return this.run([command, '--tls-verify=false', ...flags, image]);
  }

  async listTags(name: string): Promise<string[]> {
    const { stdout } = await this.ask('list-tags', this.at(name));
    return (JSON.parse(stdout) as { Tags: string[] }).Tags;
  }

  get policy(): string[] {
    return ['--policy', join(this.folder, 'policy.json')];
  }
}

/** buildah: builds images, of several platforms too. */
export class BuildahClient extends ContainersClient {
  constructor(options: ContainerClientOptions) {
    super('buildah', options);
  }
}

/** podman: builds, pushes and pulls without a daemon. */
export class PodmanClient extends ContainersClient {
  constructor(options: ContainerClientOptions) {
    super('podman', options);
  }
}

/** Helm: charts kept as artifacts. */
export class HelmClient extends CommandClient {
  readonly host: string;

  constructor({ host }: ContainerClientOptions) {
    super('helm', getClient('helm'));
    this.host = host;
  }

  signIn({ login, secret }: Login): Promise<CommandResult> {
    return this.run(['registry', 'login', '--plain-http', '-u', login, '-p', secret, this.host]);
  }

  attemptSignIn({ login, secret }: Login): Promise<CommandResult> {
    return this.attempt(['registry', 'login', '--plain-http', '-u', login, '-p', secret, this.host]);
  }

  /** Makes a chart and packs it; gives the file. */
  async packChart(name: string, version: string): Promise<string> {
    const folder = join(this.folder, 'charts', name);
    mkdirSync(join(folder, 'templates'), { recursive: true });
    const chart = [
      'apiVersion: v2',
      `name: ${name}`,
      `version: ${version}`,
      `description: What ${name} runs.`,
    ];
    writeFileSync(join(folder, 'Chart.yaml'), `${chart.join('\n')}\n`);
    const settings = [
      'apiVersion: v1',
      'kind: ConfigMap',
      `metadata: { name: ${name} }`,
      'data: { greeting: hello }',
    ];
    writeFileSync(join(folder, 'templates/settings.yaml'), `${settings.join('\n')}\n`);
    await this.run(['package', folder, '--destination', this.folder]);
    return join(this.folder, `${name}-${version}.tgz`);
  }

  push(file: string, owner: string): Promise<CommandResult> {
    return this.run(['push', '--plain-http', file, `oci://${this.host}/${owner}`]);
  }

  protected override environment(): Record<string, string> {
    const of = (what: string) => join(this.folder, what);
    return {
      ...super.environment(),
      HELM_REGISTRY_CONFIG: of('registry.json'),
      HELM_CACHE_HOME: of('cache'),
      HELM_CONFIG_HOME: of('config'),
      HELM_DATA_HOME: of('data'),
      DOCKER_CONFIG: of('docker'),
    };
  }
}
