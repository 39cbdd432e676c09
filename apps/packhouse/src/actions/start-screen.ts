import type { ServiceDefinition } from '@packhouse/runtime';

export interface StartFacts {
  readonly version: string;
  readonly url: string;
  readonly dataFolder: string | null;
  /** What services want to be known once: the first administrator's password. */
  readonly notices: readonly string[];
  readonly services: readonly ServiceDefinition[];
  readonly startedInMs: number;
}

/** What the person at the terminal needs next: where it is, how to sign in, what to paste, how to stop. */
export function renderStartScreen(facts: StartFacts): string {
  const seconds = (facts.startedInMs / 1000).toFixed(1);
  const sections = [
    [`Packhouse ${facts.version} is ready (${seconds} s).`],
    [
      `  Address   ${facts.url}`,
      ...(facts.dataFolder ? [`  Data      ${facts.dataFolder}`] : []),
      '  Stop      Ctrl-C',
    ],
    ...(facts.notices.length > 0 ? [facts.notices.map((line) => `  ${line}`)] : []),
    ...facts.services.flatMap((service) => setupSection(service, facts.url)),
  ];
  return `\n${sections.map((lines) => lines.join('\n')).join('\n\n')}\n\n`;
}

function setupSection({ clientSetup, format }: ServiceDefinition, url: string): string[][] {
  if (!clientSetup) return [];
  return [
    [`${format?.label ?? 'Clients'}:`, ...clientSetup(url).map((line) => (line === '' ? '' : `  ${line}`))],
  ];
}
