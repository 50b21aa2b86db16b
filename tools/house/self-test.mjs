import { parseSource } from './sources.mjs';

const KIT = 'packages/kit/src/thing.ts';
const lines = (count) => '// line\n'.repeat(count);

/** Each: rule, files that break it, and (third) the nearest text that does not. */
const CASES = [
  ['file-length', { [KIT]: lines(401) }, { [KIT]: lines(399) }],
  ['function-length', { [KIT]: `function f() {\n${lines(59)}}` }, { [KIT]: `function f() {\n${lines(58)}}` }],
  ['parameters', { [KIT]: 'const f = (a, b, c, d) => a;' }, { [KIT]: 'api.on((a, b, c, d) => a);' }],
  [
    'parameters',
    { [KIT]: 'class A { constructor(a, b, c, d) {} }' },
    { [KIT]: 'class A { constructor(a) {} }' },
  ],
  ['environment', { [KIT]: 'process.env.HOME;' }, { 'apps/dreamnet/src/env.ts': 'process.env.HOME;' }],
  ['clock', { [KIT]: 'Date.now();' }, { 'packages/kit/src/clock.ts': 'Date.now();' }],
  ['clock', { [KIT]: 'new Date();' }, { [KIT]: 'new Date(at);' }],
  ['clock', { [KIT]: 'setTimeout(f, 1);' }, { [KIT]: 'clock.setTimeout(f, 1);' }],
  ['clock', { [KIT]: 'performance.now();' }, { 'apps/console/src/thing.ts': 'performance.now();' }],
  [
    'clock',
    { [KIT]: "import { setTimeout } from 'node:timers/promises';" },
    { [KIT]: "import { a } from './a.js';" },
  ],
  ['console', { [KIT]: 'console.log(1);' }, { 'packages/kit/test/thing.test.ts': 'console.log(1);' }],
  ['untyped-throw', { [KIT]: "throw new Error('x');" }, { [KIT]: "throw kitError('DN_KIT_X');" }],
  ['empty-catch', { [KIT]: 'try { f(); } catch {}' }, { [KIT]: 'try { f(); } catch { return 1; }' }],
  ['export-all', { [KIT]: "export * from './a.js';" }, { [KIT]: "export { a } from './a.js';" }],
  ['any', { [KIT]: 'let a: any;' }, { [KIT]: 'let any: unknown;' }],
  ['non-null', { [KIT]: 'a!.b;' }, { [KIT]: 'a?.b;' }],
  ['unfinished', { [KIT]: '// TODO later' }, { [KIT]: '// todos of a user' }],
  ['unfinished', { [KIT]: "answer('not implemented');" }, { [KIT]: '// implemented' }],
  [
    'only',
    { 'packages/kit/test/a.test.ts': 'test.only("a", f);' },
    { 'packages/kit/test/a.test.ts': 'test("a", f);' },
  ],
  ['skip', { 'packages/kit/test/a.test.ts': 'it.skip("a", f);' }, { [KIT]: 'reader.skip();' }],
  ['machine-path', { [KIT]: "open('/home/me/x');" }, { [KIT]: "open('/proc/self/stat');" }],
  ['file-name', { 'packages/kit/src/someThing.ts': '' }, { 'packages/kit/src/some-thing.ts': '' }],
  ['file-name', { 'packages/kit/src/utils.ts': '' }, { 'packages/kit/src/text.ts': '' }],
  ['file-name', { 'packages/kit/src/helpers/a.ts': '' }, { 'packages/kit/src/help/a.ts': '' }],
  [
    'deep-import',
    { [KIT]: "import '@dreamnet/contracts/dist/x.js';" },
    { [KIT]: "import '@dreamnet/contracts';" },
  ],
  [
    'boundary',
    { [KIT]: "import { a } from '@dreamnet/spine';" },
    { 'apps/dreamnet/src/a.ts': "import '@dreamnet/spine';" },
  ],
  ['boundary', { [KIT]: "import '../../spine/src/a.js';" }, { [KIT]: "import '../src/a.js';" }],
  [
    'boundary',
    { [KIT]: "import '@dreamnet/testkit';" },
    { 'packages/kit/test/a.test.ts': "import '@dreamnet/testkit';" },
  ],
  ['boundary', { [KIT]: "import '@dreamnet/kit';" }, { [KIT]: "import './a.js';" }],
  [
    'boundary',
    { 'packages/new/src/a.ts': "import '@dreamnet/kit';" },
    { 'packages/spine/src/a.ts': "import '@dreamnet/kit';" },
  ],
  [
    'cycle',
    {
      'packages/kit/src/a.ts': "import { b } from './b.js';",
      'packages/kit/src/b.ts': "import { a } from './a.js';",
    },
    {
      'packages/kit/src/a.ts': "import { b } from './b.js';",
      'packages/kit/src/b.ts': "import type { A } from './a.js';",
    },
  ],
  [
    'docstring',
    {
      'packages/kit/src/index.ts': "export { a } from './a.js';",
      'packages/kit/src/a.ts': 'export const a = 1;',
    },
    {
      'packages/kit/src/index.ts': "export { a } from './a.js';",
      'packages/kit/src/a.ts': '/** One. */\nexport const a = 1;',
    },
  ],
];

/** @returns {boolean} whether every rule fires on its bad text and is quiet on the good one. */
export function runSelfTest({ findProblems, applyExceptions }) {
  const rulesOf = (files) =>
    findProblems(Object.entries(files).map(([path, text]) => parseSource(path, text))).map(
      ({ rule }) => rule,
    );
  const failures = CASES.flatMap(([rule, bad, good]) => [
    ...(rulesOf(bad).includes(rule) ? [] : [`${rule} does not fire on ${JSON.stringify(bad).slice(0, 80)}`]),
    ...(rulesOf(good).includes(rule) ? [`${rule} fires on ${JSON.stringify(good).slice(0, 80)}`] : []),
  ]);
  const problem = { path: KIT, line: 1, rule: 'clock', message: '' };
  const allowed = { path: KIT, rule: 'clock', reason: 'x' };
  if (applyExceptions([problem], [allowed]).length !== 0) failures.push('a listed exception does not count');
  if (applyExceptions([], [allowed]).length !== 1) failures.push('an unneeded exception goes unnoticed');
  if (applyExceptions([problem], [{ ...allowed, reason: '' }]).length !== 1)
    failures.push('an exception without a reason goes unnoticed');
  for (const failure of failures) console.log(`self-test: ${failure}`);
  console.log(`house self-test: ${CASES.length} cases proven, ${failures.length} failures`);
  return failures.length === 0;
}
