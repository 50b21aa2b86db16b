import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';

const PROGRAM = fileURLToPath(new URL('../../bin/dreamnet.mjs', import.meta.url));
const PART = 'packages/one/dist/.tsbuildinfo';
const MADE_AT_S = 1_700_000_000;
let root = '';

afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Parts of a checkout, each program of which says what it is. */
function checkout(): void {
  root = mkdtempSync(join(tmpdir(), 'dreamnet-bundle-'));
  const says = (text: string) => `export const main = () => console.log('${text}');\n`;
  write('apps/dreamnet/package.json', '{"type":"module"}');
  write('apps/dreamnet/dist/main.js', says('modules'));
  write('apps/dreamnet/dist/bundle/start.js', says('bundle'));
  write('apps/dreamnet/dist/bundle/made-of.txt', `${PART}\n`);
  write(PART, '');
  write('tools/build.mjs', '');
  mkdirSync(join(root, 'apps/dreamnet/bin'));
  copyFileSync(PROGRAM, join(root, 'apps/dreamnet/bin/dreamnet.mjs'));
  touch('apps/dreamnet/dist/bundle/start.js', MADE_AT_S);
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
  rmSync(join(root, 'apps/dreamnet/dist/bundle'), { recursive: true });
  expect(run()).toBe('modules');
});

test('bundle: an installed package has no parts beside it and takes what it has', () => {
  checkout();
  rmSync(join(root, 'tools'), { recursive: true });
  touch(PART, MADE_AT_S + 1);
  expect(run()).toBe('bundle');
});

test('bundle: the one of this checkout runs', () => {
  const door = new URL('../../dist/bundle/start.js', import.meta.url);
  const program = `process.argv.splice(1, 0, 'dreamnet', '--version'); const { main } = await import('${door.href}'); await main();`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
