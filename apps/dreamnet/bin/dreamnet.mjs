#!/usr/bin/env node
// In a source checkout that was not built yet the first run builds it; an installed package is built already.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';

// Starting an agent copies the daemon's page tables, so every megabyte of young objects makes each restart slower: a
// daemon that makes little garbage does well with a nursery that does not grow (15 MB less here).
// Without agents (--alertmanager-config) there is nothing to start, and young objects are what it is all about.
const hasFleet =
  process.argv[2] === 'up' && !process.argv.some((arg) => arg.startsWith('--alertmanager-config'));
if (hasFleet) setFlagsFromString('--semi-space-growth-factor=1');

const entry = new URL('../dist/main.js', import.meta.url);
const build = new URL('../../../tools/build.mjs', import.meta.url);
if (!existsSync(entry) && existsSync(build)) {
  process.stderr.write('First run in this checkout: building, about 20 seconds ...\n');
  const { status } = spawnSync(process.execPath, [fileURLToPath(build)], { stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(1);
}
const { main } = await import(entry.href);
await main();
