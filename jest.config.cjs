/** Unit and contract tests run from the TypeScript sources; platform and client suites start the compiled product. */
const shared = {
  rootDir: __dirname,
  testEnvironment: 'node',
  transform: {
    '^.+\\.(ts|js|mjs)$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          target: 'es2022',
          keepClassNames: true,
        },
        module: { type: 'commonjs' },
      },
    ],
  },
  // Published as ES modules only: Node loads them into CommonJS by itself, Jest has to compile them.
  transformIgnorePatterns: [
    '(?<!/clients/octokit)/node_modules/(?!(jose|zod-openapi|fast-check|pure-rand)/)',
  ],
  moduleNameMapper: {
    '^@packhouse/(.*)$': ['<rootDir>/libs/$1/src/index.ts', '<rootDir>/apps/$1/src/index.ts'],
  },
  roots: ['<rootDir>/apps', '<rootDir>/libs'],
  modulePathIgnorePatterns: ['<rootDir>/(apps|libs)/[^/]+/dist/'],
  setupFiles: ['reflect-metadata'],
};

module.exports = {
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/{apps,libs}/*/src/**/*.spec.ts'] },
    { ...shared, displayName: 'contract', testMatch: ['<rootDir>/{apps,libs}/*/test/**/*.contract.spec.ts'] },
    { ...shared, displayName: 'platform', testMatch: ['<rootDir>/libs/testing/platform/**/*.spec.ts'] },
    { ...shared, displayName: 'e2e', testMatch: ['<rootDir>/apps/*/test/**/*.e2e.ts'] },
  ],
};
