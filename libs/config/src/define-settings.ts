import { z } from 'zod';

/** One environment variable: its name, its shape, what it does, and whether its value must not be shown. */
export interface Setting<T extends z.ZodType = z.ZodType> {
  readonly variable: string;
  readonly schema: T;
  readonly description: string;
  /** Text of the default for the documentation; the schema holds the value itself. */
  readonly defaultText: string;
  readonly secret: boolean;
}

interface SettingOptions {
  /** Shown as the default in the documentation when the value itself would not explain it. */
  defaultText?: string;
  secret?: boolean;
}

/** Declares one setting. Give the default in the schema (`.default(…)`) or make it `.optional()`. */
export function setting<T extends z.ZodType>(
  variable: string,
  schema: T,
  description: string,
  options: SettingOptions = {},
): Setting<T> {
  const parsed = schema.safeParse(undefined);
  const defaultText =
    options.defaultText ?? (parsed.success && parsed.data !== undefined ? String(parsed.data) : '');
  return { variable, schema, description, defaultText, secret: options.secret ?? false };
}

/** A group of settings for one concern. */
export interface SettingsGroup<S extends Record<string, Setting> = Record<string, Setting>> {
  readonly title: string;
  readonly settings: S;
}

export type SettingsOf<G extends SettingsGroup> = {
  readonly [K in keyof G['settings']]: z.output<G['settings'][K]['schema']>;
};

export function defineSettings<S extends Record<string, Setting>>(
  title: string,
  settings: S,
): SettingsGroup<S> {
  return { title, settings };
}

/** A setting that cannot be used; the message names the variable and what it accepts. */
export class SettingsError extends Error {}

/**
 * Reads one group from the environment. Throws {@link SettingsError} with one sentence per wrong variable.
 * An empty variable counts as unset, as shells and compose files commonly produce it.
 */
export function readSettings<G extends SettingsGroup>(group: G, env: NodeJS.ProcessEnv): SettingsOf<G> {
  const values: Record<string, unknown> = {};
  const faults: string[] = [];
  for (const [name, { variable, schema, secret }] of Object.entries(group.settings)) {
    const raw = env[variable] === '' ? undefined : env[variable];
    const result = schema.safeParse(raw);
    if (result.success) values[name] = result.data;
    else
      faults.push(
        `${variable}${raw === undefined || secret ? '' : `="${raw}"`}: ${result.error.issues.map((issue) => issue.message).join('; ')}`,
      );
  }
  if (faults.length > 0) throw new SettingsError(`Wrong settings. ${faults.join('. ')}.`);
  return values as SettingsOf<G>;
}
