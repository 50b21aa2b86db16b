#!/usr/bin/env node
// Builds what changed: the packages with `tsc -b`, then the console and the program's bundle when something they are made
// of is newer.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleProgram } from './bundle.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const startedAt = performance.now();

function run(script, args, folder) {
  const { status } = spawnSync(process.execPath, [script, ...args], { cwd: folder, stdio: 'inherit' });
  return status === 0;
}

/** Modification time of the newest file below, ms; 0 when there is none. */
function newest(path) {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return 0;
  if (!found.isDirectory()) return found.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))));
}

function buildConsole() {
  const folder = join(root, 'apps/console');
  if (!['vite.config.ts', 'vite.config.mjs'].some((name) => existsSync(join(folder, name))))
    return 'no console';
  const inputs = ['src', 'index.html', 'public', 'package.json', 'vite.config.ts', 'vite.config.mjs'];
  const changedAt = Math.max(
    ...inputs.map((name) => newest(join(folder, name))),
    newest(join(root, 'packages/contracts/src')),
    newest(join(root, 'tools/notices.mjs')),
  );
  if (changedAt <= newest(join(folder, 'dist/index.html'))) return 'console unchanged';
  const vite = join(dirname(require.resolve('vite/package.json', { paths: [folder] })), 'bin/vite.js');
  return run(vite, ['build', '--logLevel', 'warn'], folder) ? 'console built' : undefined;
}

const packages = run(require.resolve('typescript/bin/tsc'), ['-b', root], root);
const consoleState = packages ? buildConsole() : undefined;
const bundleState = packages && ((await bundleProgram(root)) ? 'bundle made' : 'bundle unchanged');
const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
if (consoleState === undefined) {
  console.error(`build: failed in ${packages ? 'apps/console' : 'the packages'} (${seconds} s)`);
  process.exitCode = 1;
} else console.log(`build: packages up to date, ${consoleState}, ${bundleState} (${seconds} s)`);
