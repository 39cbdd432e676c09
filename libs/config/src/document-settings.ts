import type { SettingsGroup } from './define-settings';
import { allSettings } from './groups';

/** The table of every setting in Markdown, for `docs/settings.md` and `packhouse settings`. */
export function documentSettings(extraGroups: readonly SettingsGroup[] = []): string {
  const lines = [
    '# Settings',
    '',
    'Every setting is an environment variable. This page is generated: `npm run packhouse -- settings --markdown`.',
  ];
  for (const group of [...Object.values(allSettings), ...extraGroups]) {
    lines.push('', `## ${group.title}`, '', '| variable | default | what it does |', '| --- | --- | --- |');
    for (const one of Object.values(group.settings)) {
      lines.push(
        `| \`${one.variable}\` | ${one.defaultText === '' ? '' : `\`${one.defaultText}\``} | ${one.description} |`,
      );
    }
  }
  return `${lines.join('\n')}\n`;
}
