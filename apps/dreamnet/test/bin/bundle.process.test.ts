import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';

const PROGRAMS = ['dreamnet.mjs', 'load-bundle.mjs'];
const BUNDLE = 'apps/dreamnet/dist/bundle';
const PART = 'packages/one/dist/.tsbuildinfo';
const MADE_AT_S = 1_700_000_000;
let root = '';

afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Parts of a checkout, each program of which says what it is. */
function checkout(): void {
  root = mkdtempSync(join(tmpdir(), 'dreamnet-bundle-'));
  const main = (text: string) => `main = () => console.log('${text}');\n`;
  write('apps/dreamnet/package.json', '{"type":"module"}');
  write('apps/dreamnet/dist/main.js', `export const ${main('modules')}`);
  write(`${BUNDLE}/start.cjs`, `module.exports = require('./main.cjs');\n`);
  write(`${BUNDLE}/main.cjs`, `exports.${main('bundle')}`);
  write(`${BUNDLE}/made-of.txt`, `${PART}\n`);
  write(PART, '');
  write('tools/build.mjs', '');
  mkdirSync(join(root, 'apps/dreamnet/bin'));
  for (const name of PROGRAMS)
    copyFileSync(new URL(`../../bin/${name}`, import.meta.url), join(root, 'apps/dreamnet/bin', name));
  touch(`${BUNDLE}/start.cjs`, MADE_AT_S);
  touch(PART, MADE_AT_S - 1);
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function touch(path: string, atS: number): void {
  utimesSync(join(root, path), atS, atS);
}

function run(): string {
  const program = join(root, 'apps/dreamnet/bin/dreamnet.mjs');
  const { stdout, stderr } = spawnSync(process.execPath, [program], { encoding: 'utf8' });
  return stdout.trim() || stderr;
}

test('bundle: taken when it is newer than all it is made of', () => {
  checkout();
  expect(run()).toBe('bundle');
});

test('bundle: left when a part of it was built at the same moment or later', () => {
  checkout();
  touch(PART, MADE_AT_S);
  expect(run()).toBe('modules');
});

test('bundle: one that is not there is not missed', () => {
  checkout();
  rmSync(join(root, BUNDLE), { recursive: true });
  expect(run()).toBe('modules');
});

test('bundle: an installed package has no parts beside it and takes what it has', () => {
  checkout();
  rmSync(join(root, 'tools'), { recursive: true });
  touch(PART, MADE_AT_S + 1);
  expect(run()).toBe('bundle');
});

test('compiled code: is kept for the next start, which takes it as it is', () => {
  checkout();
  run();
  const kept = compiled();
  expect(kept.map(({ name }) => name.split('.cjs.')[0])).toEqual(['main', 'start']);
  for (const { file } of kept) touch(file, MADE_AT_S);
  expect(run()).toBe('bundle');
  // What is taken is not written again.
  expect(compiled().map(({ atS }) => atS)).toEqual([MADE_AT_S, MADE_AT_S]);
});

test('compiled code: one that is damaged or cut off is not believed, and replaced', () => {
  checkout();
  run();
  const sound = compiled();
  for (const damage of [(bytes: Buffer) => bytes.subarray(0, 40), flipped, () => Buffer.alloc(0)]) {
    for (const { file, bytes } of sound) writeFileSync(join(root, file), damage(bytes));
    for (const { file } of sound) touch(file, MADE_AT_S);
    expect(run()).toBe('bundle');
    for (const { atS } of compiled()) expect(atS).toBeGreaterThan(MADE_AT_S);
  }
});

test('compiled code: where it cannot be kept the program runs all the same', () => {
  checkout();
  write(`${BUNDLE}/compiled`, 'a file where the folder should be');
  expect(run()).toBe('bundle');
});

test('compiled code: none is kept or taken where it was asked not to be', () => {
  checkout();
  run();
  const kept = compiled();
  for (const { file } of kept) writeFileSync(join(root, file), '');
  const loader = new URL('../../bin/load-bundle.mjs', import.meta.url).href;
  const use = `const bundle = openBundle('${join(root, BUNDLE)}', false); bundle.load('start.cjs').main(); bundle.keepCompiled();`;
  const program = `const { openBundle } = await import('${loader}'); ${use}`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  expect(stdout.trim()).toBe('bundle');
  expect(compiled().map(({ bytes }) => bytes.length)).toEqual([0, 0]);
});

/** What is kept, by name. */
function compiled(): { name: string; file: string; bytes: Buffer; atS: number }[] {
  return readdirSync(join(root, BUNDLE, 'compiled'))
    .sort()
    .map((name) => {
      const file = `${BUNDLE}/compiled/${name}`;
      const path = join(root, file);
      return { name, file, bytes: readFileSync(path), atS: statSync(path).mtimeMs / 1000 };
    });
}

function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[copy.length - 1] = ~(copy.at(-1) ?? 0) & 0xff;
  return copy;
}

test('bundle: the one of this checkout runs', () => {
  const loader = new URL('../../bin/load-bundle.mjs', import.meta.url).href;
  const folder = fileURLToPath(new URL('../../dist/bundle', import.meta.url));
  const load = `const { openBundle } = await import('${loader}'); const { main } = openBundle('${folder}').load('start.cjs');`;
  const program = `process.argv.splice(1, 0, 'dreamnet', '--version'); ${load} await main();`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
