import { hashToken } from '@packhouse/kernel';
import { explainFailure } from '@packhouse/runtime';
import { splitName } from '../cli/api-command';
import { ApiClient, type ConnectionOptions } from './api-client';

export interface WhyOptions extends ConnectionOptions {
  readonly user?: string;
  readonly aboutToken?: string;
  readonly visibility?: string;
  readonly json?: boolean;
}

interface Explanation {
  readonly allowed: boolean;
  readonly sentence: string;
  readonly facts: ReadonlyArray<{ readonly name: string; readonly value: string }>;
  readonly steps: ReadonlyArray<{ readonly passed: boolean; readonly sentence: string }>;
}

/** Asks for the decision and its reasons. A token that is asked about never leaves this machine, only its hash does. */
export async function explainWhy(
  action: string,
  format: string,
  fullName: string,
  { user, aboutToken, token, visibility, json, ...connection }: WhyOptions,
): Promise<void> {
  try {
    const api = await ApiClient.connect(connection);
    const { owner, name } = splitName(fullName);
    const asked = aboutToken ?? token;
    const query = new URLSearchParams({
      owner,
      format,
      action,
      package: fullName.startsWith('@') ? fullName : name,
      ...(user === undefined ? {} : { account: user }),
      ...(asked === undefined ? {} : { token_hash: hashToken(asked) }),
      ...(visibility === undefined ? {} : { visibility }),
    });
    const answer = await api.call('GET', `/api/packhouse/v1/why?${query.toString()}`);
    const explanation = answer as unknown as Explanation;
    process.stdout.write(`${json ? JSON.stringify(answer) : render(explanation)}\n`);
    if (!explanation.allowed) process.exitCode = 2;
  } catch (error) {
    process.stderr.write(`${explainFailure(error)}\n`);
    process.exitCode = 1;
  }
}

function render({ allowed, sentence, steps, facts }: Explanation): string {
  const width = Math.max(0, ...facts.map(({ name }) => name.length));
  return [
    `${allowed ? 'Yes' : 'No'}: ${sentence}`,
    '',
    ...steps.map(({ passed, sentence: text }) => `  ${passed ? '+' : '-'} ${text}`),
    '',
    ...facts.map(({ name, value }) => `  ${name.padEnd(width)}  ${value}`),
  ].join('\n');
}
