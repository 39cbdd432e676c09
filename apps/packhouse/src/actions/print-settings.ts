import { allSettings, documentSettings, type SettingsGroup } from '@packhouse/config';
import { commandLineSettings } from '../command-line-settings';
import { loadServices } from '../services';

/** Every setting with its default, as text or as a document. */
export async function printSettings({ markdown }: { markdown?: boolean }): Promise<void> {
  const own = await listOwnSettings();
  const groups = [...Object.values<SettingsGroup>(allSettings), ...own];
  process.stdout.write(markdown ? documentSettings(own) : renderTable(groups));
}

/** What services and the command line add to the settings of the core. */
export async function listOwnSettings(): Promise<SettingsGroup[]> {
  const services = await loadServices();
  // Services may share a group.
  return [...new Set([...services.flatMap(({ settings }) => settings ?? []), commandLineSettings])];
}

function renderTable(groups: readonly SettingsGroup[]): string {
  const all = groups.flatMap(({ settings }) => Object.values(settings));
  const width = Math.max(...all.map(({ variable }) => variable.length));
  const sections = groups.map(({ title, settings }) => {
    const lines = Object.values(settings).map(({ variable, description, defaultText }) => {
      const byDefault = defaultText === '' ? '' : ` Default: ${defaultText}.`;
      return `  ${variable.padEnd(width)}  ${description}${byDefault}`;
    });
    return [title, ...lines].join('\n');
  });
  return `${sections.join('\n\n')}\n`;
}
