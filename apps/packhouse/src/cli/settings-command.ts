import type { SettingsGroup } from '@packhouse/config';
import type { Command } from 'commander';

export function addSettingsCommand(program: Command): void {
  program
    .command('settings')
    .option('--markdown', 'as a document, as in docs/settings.md')
    .description('print every setting with its default')
    .action(printSettings);
}

async function printSettings({ markdown }: { markdown?: boolean }): Promise<void> {
  const [config, { services }] = await Promise.all([import('@packhouse/config'), import('../services.js')]);
  const own = services.flatMap(({ settings }) => (settings ? [settings] : []));
  const groups = [...Object.values<SettingsGroup>(config.allSettings), ...own];
  process.stdout.write(markdown ? config.documentSettings(own) : renderTable(groups));
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
