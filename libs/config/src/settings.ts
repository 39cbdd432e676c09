import { readSettings, SettingsError, type SettingsGroup, type SettingsOf } from './define-settings';
import { allSettings } from './groups';

type CoreValues = { readonly [K in keyof typeof allSettings]: SettingsOf<(typeof allSettings)[K]> };

/** All settings of a process, validated at start. Injected; nothing else reads the environment. */
export class Settings {
  private constructor(
    /** The values of the core's groups. */
    readonly values: CoreValues,
    private readonly extra: ReadonlyMap<SettingsGroup, unknown>,
  ) {}

  /** The values of a group that a service or gateway declared for itself. */
  of<G extends SettingsGroup>(group: G): SettingsOf<G> {
    const values = this.extra.get(group);
    if (!values) throw new Error(`The settings group "${group.title}" was not announced to loadSettings`);
    return values as SettingsOf<G>;
  }

  /**
   * Reads and validates every group, and the rules between them.
   * @throws SettingsError with one sentence for each fault.
   */
  static load(env: NodeJS.ProcessEnv = process.env, extraGroups: readonly SettingsGroup[] = []): Settings {
    const faults: string[] = [];
    const read = (group: SettingsGroup): unknown => {
      try {
        return readSettings(group, env);
      } catch (error) {
        if (!(error instanceof SettingsError)) throw error;
        faults.push(error.message);
        return undefined;
      }
    };
    const values = Object.fromEntries(
      Object.entries(allSettings).map(([name, group]) => [name, read(group)]),
    ) as unknown as CoreValues;
    const extra = new Map(extraGroups.map((group) => [group, read(group)] as const));
    if (faults.length === 0) faults.push(...findConflicts(values));
    if (faults.length > 0) throw new SettingsError(faults.join(' '));
    return new Settings(values, extra);
  }
}

function findConflicts({ storage, bus, database }: CoreValues): string[] {
  const faults: string[] = [];
  if (storage.s3Endpoint && !(storage.s3AccessKey && storage.s3SecretKey)) {
    faults.push('PACKHOUSE_S3_ENDPOINT is set: set PACKHOUSE_S3_ACCESS_KEY and PACKHOUSE_S3_SECRET_KEY too.');
  }
  if (bus.natsUrl && !database.url) {
    faults.push(
      'PACKHOUSE_NATS_URL is set: set PACKHOUSE_DATABASE_URL too, as services in several processes share one Postgres.',
    );
  }
  return faults;
}
