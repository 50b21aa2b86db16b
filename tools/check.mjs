#!/usr/bin/env node
// `npm run check`: every check of the house, one line each; a failing one does not hide the others.
// The closing line counts the tests: "N passed, N failed, N skipped".
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { countTests, showCount } from './test-count.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const resultFolder = join(root, 'node_modules/.cache/dreamnet');
const resultFile = join(resultFolder, 'vitest.json');

/** The file a package's program starts in, by its own manifest. */
function program(name, bin) {
  const folder = join(root, 'node_modules', name);
  const { bin: bins } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return join(folder, typeof bins === 'string' ? bins : bins[bin]);
}

const tsc = require.resolve('typescript/bin/tsc');
/** Name, program, arguments. The build stands before what reads its output. */
const STEPS = [
  ['format and lint', program('@biomejs/biome', 'biome'), ['check', '--error-on-warnings', '.']],
  ['house self-test', 'tools/house/check.mjs', ['--self-test']],
  ['house', 'tools/house/check.mjs', []],
  ['build', 'tools/build.mjs', []],
  ['types of tests', tsc, ['-p', 'tsconfig.test.json']],
  [
    'types of the console',
    tsc,
    ['-p', 'apps/console/tsconfig.json', '--noEmit'],
    'apps/console/tsconfig.json',
  ],
  ['unused exports', program('knip', 'knip'), ['--no-progress', '--no-config-hints']],
  ['docs', 'tools/docs/check.mjs', []],
  [
    'tests',
    program('vitest', 'vitest'),
    [
      'run',
      '--reporter=default',
      '--reporter=./tools/skip-reporter.mjs',
      '--reporter=json',
      `--outputFile.json=${resultFile}`,
    ],
  ],
];

/** @returns {boolean} */
function runStep([name, script, args, needs]) {
  if (needs && !existsSync(join(root, needs))) return true;
  console.log(`\n── ${name}`);
  const startedAt = performance.now();
  const { status } = spawnSync(process.execPath, [script, ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`── ${name}: ${status === 0 ? 'ok' : 'FAILED'} (${seconds} s)`);
  return status === 0;
}

mkdirSync(resultFolder, { recursive: true });
rmSync(resultFile, { force: true });
const failed = STEPS.filter((step) => !runStep(step)).map(([name]) => name);
const tests = countTests(resultFile);
console.log(
  `\ncheck: ${STEPS.length - failed.length} of ${STEPS.length} steps ok${failed.length > 0 ? `; failed: ${failed.join(', ')}` : ''}`,
);
console.log(showCount(tests));
if (failed.length > 0 || tests.failed > 0) process.exitCode = 1;
