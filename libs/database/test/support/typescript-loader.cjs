/** Lets `node -r` run TypeScript sources, compiled as Jest compiles them, for tests that need a process of its own to kill. */
const { readFileSync } = require('node:fs');
const Module = require('node:module');
const { resolve } = require('node:path');
const { transformSync } = require('@swc/core');

const root = resolve(__dirname, '../../../..');
const findFile = Module._resolveFilename;

Module._resolveFilename = function (request, ...rest) {
  const project = /^@packhouse\/([a-z-]+)$/.exec(request);
  return findFile.call(this, project === null ? request : `${root}/libs/${project[1]}/src/index.ts`, ...rest);
};

Module._extensions['.ts'] = (module, filename) => {
  const { code } = transformSync(readFileSync(filename, 'utf8'), {
    filename,
    swcrc: false,
    jsc: {
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
      target: 'es2022',
    },
    module: { type: 'commonjs' },
  });
  module._compile(code, filename);
};

require('reflect-metadata');
