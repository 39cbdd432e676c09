import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeTemporaryFolder, runCommand, workspaceFolder } from '../src';

jest.setTimeout(120_000);

/** Lints texts as if they were files at these paths, with the repository's rules less those that need types. */
const linter = `
  import { readFileSync, writeFileSync } from 'node:fs';
  import { ESLint } from 'eslint';
  import tseslint from 'typescript-eslint';
  const withoutTypes = [tseslint.configs.disableTypeChecked, { languageOptions: { parserOptions: { project: null } } }];
  const eslint = new ESLint({ overrideConfig: withoutTypes });
  const messages = {};
  for (const [path, text] of JSON.parse(readFileSync(process.env.PLANTED_TEXTS, 'utf8'))) {
    const [result] = await eslint.lintText(text, { filePath: path });
    messages[path] = result.messages.map(({ ruleId, message }) => (ruleId ?? 'parser') + ': ' + message);
  }
  console.log(JSON.stringify(messages));`;

const environment = (more: Record<string, string> = {}): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  HOME: process.env.HOME ?? '/',
  NX_DAEMON: 'false',
  NX_NO_CLOUD: 'true',
  NX_TUI: 'false',
  ...more,
});

const planted: readonly (readonly [path: string, text: string, rule: string | null, words: RegExp])[] = [
  [
    'apps/gateway-npm/src/planted-orm.ts',
    `import { Entity } from 'typeorm';\nexport const planted = Entity;\n`,
    '@nx/enforce-module-boundaries',
    /typeorm/,
  ],
  [
    'apps/metadata/src/planted-gateway.ts',
    `import { npmGateway } from '@packhouse/gateway-npm';\nexport const planted = npmGateway;\n`,
    '@nx/enforce-module-boundaries',
    /type:service/,
  ],
  [
    'apps/gateway-npm/src/planted-service.ts',
    `import { metadataService } from '@packhouse/metadata';\nexport const planted = metadataService;\n`,
    '@nx/enforce-module-boundaries',
    /type:gateway/,
  ],
  [
    // Everything stands on the kernel, so that what it imports closes a circle.
    'libs/kernel/src/planted-upwards.ts',
    `import { Settings } from '@packhouse/config';\nexport const planted = Settings;\n`,
    '@nx/enforce-module-boundaries',
    /^@nx\/enforce-module-boundaries: Circular dependency between "@packhouse\/kernel"/,
  ],
  [
    'libs/contracts/src/planted-upwards.ts',
    `import { Settings } from '@packhouse/config';\nexport const planted = Settings;\n`,
    '@nx/enforce-module-boundaries',
    /type:contract/,
  ],
  [
    'libs/http/src/planted-testing.ts',
    `import { startPlatform } from '@packhouse/testing';\nexport const planted = startPlatform;\n`,
    '@nx/enforce-module-boundaries',
    /type:kit/,
  ],
  [
    'apps/auth/src/planted-path.ts',
    `import { DomainError } from '../../../libs/kernel/src/errors';\nexport const planted = DomainError;\n`,
    '@nx/enforce-module-boundaries',
    /relative/i,
  ],
  [
    'apps/metadata/src/planted-format.ts',
    `export const planted = (format: string): boolean => format === 'npm';\n`,
    'no-restricted-syntax',
    /format id belongs to its gateway/,
  ],
  ['libs/kernel/src/planted-default.ts', `export default 1;\n`, 'no-restricted-exports', /default/],
  [
    'libs/kernel/src/planted-focus.spec.ts',
    `it.only('runs alone', () => undefined);\n`,
    'no-restricted-syntax',
    /focused/,
  ],
  // and what is allowed stays so
  ['apps/gateway-npm/src/planted-own-id.ts', `export const planted = 'npm';\n`, null, /./],
  [
    'libs/http/src/planted-allowed.spec.ts',
    `import { startPlatform } from '@packhouse/testing';\nexport const planted = startPlatform;\n`,
    null,
    /./,
  ],
  [
    'apps/gateway-npm/src/planted-kit.ts',
    `import { defineFormat } from '@packhouse/gateway-kit';\nexport const planted = defineFormat;\n`,
    null,
    /./,
  ],
];

describe('the lint rules', () => {
  let messages: Record<string, string[]>;

  beforeAll(async () => {
    const folder = makeTemporaryFolder('lint');
    const texts = join(folder, 'texts.json');
    writeFileSync(texts, JSON.stringify(planted.map(([path, text]) => [join(workspaceFolder, path), text])));
    const nx = join(workspaceFolder, 'node_modules/nx/dist/bin/nx.js');
    const options = { cwd: workspaceFolder, timeoutSeconds: 100 };
    const graph = await runCommand(process.execPath, [nx, 'graph', `--file=${join(folder, 'graph.json')}`], {
      ...options,
      env: environment(),
    });
    expect(graph.code).toBe(0);
    const lint = await runCommand(process.execPath, ['--input-type=module', '--eval', linter], {
      ...options,
      env: environment({ PLANTED_TEXTS: texts }),
    });
    expect(lint.output).not.toContain('No cached ProjectGraph');
    expect(lint.stderr).not.toMatch(/error/i);
    messages = JSON.parse(lint.stdout) as Record<string, string[]>;
  });

  it.each(planted)('judge %s', (path, _text, rule, words) => {
    const found = messages[join(workspaceFolder, path)];
    if (rule === null) expect(found).toEqual([]);
    else {
      expect(found).toHaveLength(1);
      expect(found?.[0]).toMatch(words);
      expect(found?.[0]?.startsWith(`${rule}: `)).toBe(true);
    }
  });

  it('are the ones of the architecture: every project has exactly one type that the rules know', () => {
    const config = readFileSync(join(workspaceFolder, 'eslint.config.mjs'), 'utf8');
    const known = new Set([...config.matchAll(/sourceTag: '([^']+)'/g)].map(([, tag]) => tag));
    const root = JSON.parse(readFileSync(join(workspaceFolder, 'tsconfig.json'), 'utf8')) as {
      references: { path: string }[];
    };
    const untagged = root.references.filter(({ path }) => {
      const manifest = JSON.parse(readFileSync(join(workspaceFolder, path, 'package.json'), 'utf8')) as {
        nx?: { tags?: string[] };
      };
      return (manifest.nx?.tags ?? []).filter((tag) => known.has(tag)).length !== 1;
    });
    expect(untagged).toEqual([]);
  });
});
