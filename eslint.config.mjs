import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

/** Which tags each kind of project may depend on: docs/architecture.md, "Who may import whom". */
const depConstraints = [
  {
    sourceTag: 'type:app',
    onlyDependOnLibsWithTags: [
      'type:gateway',
      'type:service',
      'type:edge',
      'type:runtime',
      'type:platform',
      'type:contract',
      'type:kernel',
    ],
  },
  {
    sourceTag: 'type:gateway',
    onlyDependOnLibsWithTags: ['type:kit', 'type:runtime', 'type:contract', 'type:kernel'],
    bannedExternalImports: ['typeorm', 'bullmq', 'nats', 'minio', 'ioredis'],
  },
  {
    sourceTag: 'type:service',
    onlyDependOnLibsWithTags: ['type:platform', 'type:runtime', 'type:contract', 'type:kernel'],
  },
  {
    sourceTag: 'type:edge',
    onlyDependOnLibsWithTags: ['type:kit', 'type:platform', 'type:runtime', 'type:contract', 'type:kernel'],
    bannedExternalImports: ['typeorm', 'bullmq'],
  },
  {
    sourceTag: 'type:kit',
    onlyDependOnLibsWithTags: ['type:kit', 'type:platform', 'type:contract', 'type:kernel'],
    bannedExternalImports: ['typeorm', 'bullmq'],
  },
  { sourceTag: 'type:platform', onlyDependOnLibsWithTags: ['type:platform', 'type:contract', 'type:kernel'] },
  {
    sourceTag: 'type:runtime',
    onlyDependOnLibsWithTags: ['type:platform', 'type:kit', 'type:contract', 'type:kernel'],
  },
  {
    sourceTag: 'type:contract',
    onlyDependOnLibsWithTags: ['type:kernel'],
    bannedExternalImports: ['@nestjs/*', 'typeorm'],
  },
  {
    sourceTag: 'type:kernel',
    onlyDependOnLibsWithTags: [],
    bannedExternalImports: ['@nestjs/*', 'typeorm', 'fastify', 'nats', 'pg', 'minio', 'bullmq', 'ioredis'],
  },
  { sourceTag: 'type:testing', onlyDependOnLibsWithTags: ['*'] },
];

/** Specs and test folders may also use the testing library; everything else of the table holds for them too. */
const testConstraints = depConstraints.map((constraint) => ({
  ...constraint,
  onlyDependOnLibsWithTags: [...constraint.onlyDependOnLibsWithTags, 'type:testing'],
}));

/**
 * The testing library builds on the others, and their specs use it: a circle of projects, but none in what is
 * compiled. Real ones end the build: TypeScript refuses circular project references.
 */
const ignoredCircularDependencies = [['@packhouse/testing', '*']];

/** Format ids belong to the gateway that owns them: everything else reads the descriptors at run time. */
const formatLiterals = '/^(npm|rubygems|maven|nuget|container|docker)$/';

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', 'data/**', '.nx/**', '.cache/**'] },
  {
    files: ['apps/**/*.ts', 'libs/**/*.ts'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: { project: ['./tsconfig.spec.json'], tsconfigRootDir: import.meta.dirname },
    },
    plugins: { '@nx': nx },
    rules: {
      // Bans of external packages are for what a project imports itself: behind a platform library they are its business.
      '@nx/enforce-module-boundaries': [
        'error',
        {
          allow: [],
          depConstraints,
          enforceBuildableLibDependency: false,
          ignoredCircularDependencies,
        },
      ],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/require-await': 'off',
      'max-lines': ['error', { max: 300, skipBlankLines: false, skipComments: false }],
      'max-lines-per-function': ['error', { max: 50, skipComments: true, IIFEs: false }],
      'max-params': ['error', 6],
      complexity: ['error', 12],
      'no-restricted-exports': [
        'error',
        {
          restrictDefaultExports: {
            direct: true,
            named: true,
            defaultFrom: true,
            namedFrom: true,
            namespaceFrom: true,
          },
        },
      ],
    },
  },
  {
    files: ['**/*.spec.ts', '**/*.e2e.ts', 'libs/testing/**/*.ts', '{apps,libs}/*/test/**/*.ts'],
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          allow: ['@packhouse/packhouse'],
          depConstraints: testConstraints,
          enforceBuildableLibDependency: false,
          ignoredCircularDependencies,
        },
      ],
      'max-lines-per-function': 'off',
      'max-lines': ['error', 400],
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'MemberExpression[object.name=/^(it|test|describe)$/][property.name=/^(only|skip|todo)$/]',
          message: 'No skipped or focused tests.',
        },
      ],
      'no-restricted-imports': ['error', { paths: ['sinon', 'ts-mockito'] }],
    },
  },
  {
    files: ['apps/*/src/**/*.ts', 'libs/*/src/**/*.ts'],
    // logins.ts: words that nobody may take as a name, not formats
    ignores: ['apps/gateway-*/**', 'libs/testing/**', '**/*.spec.ts', 'libs/kernel/src/logins.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: `Literal[value=${formatLiterals}]`,
          message: 'A format id belongs to its gateway; read the descriptor instead.',
        },
      ],
    },
  },
  {
    files: ['scripts/**/*.mjs', 'bench/**/*.mjs'],
    extends: [tseslint.configs.base],
    rules: {
      'no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'prefer-const': 'error',
      eqeqeq: 'error',
      'max-lines': ['error', 300],
      'max-lines-per-function': ['error', { max: 50, skipComments: true }],
      'max-params': ['error', 6],
      complexity: ['error', 12],
    },
  },
);
