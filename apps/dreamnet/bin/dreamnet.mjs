#!/usr/bin/env node
// In a source checkout that was not built yet the first run builds it; an installed package is built already.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { openBundle } from './load-bundle.mjs';

/** V8's own: bytes of code that a function runs before it is thought worth compiling well. */
const USUAL_BUDGET = 66 * 1024;
/** By then a fleet of hundreds has started. */
const START_MS = 5000;
/** Before the flags change with which it was compiled. */
const COMPILED_MS = 4000;

// A daemon that makes little garbage does well with a nursery that does not grow (15 MB less here); only while a fleet starts
// it makes much, and 200 collections of a nursery of 1 MB took a tenth of that start.
// Without agents (--alertmanager-config) it is the alerts that stay: what their garbage takes is not given back soon.
const isUp = process.argv[2] === 'up';
const hasFleet = isUp && !process.argv.some((arg) => arg.startsWith('--alertmanager-config'));
if (isUp && !hasFleet) keepNurserySmall();
// In so small a nursery much survives that is garbage a moment later (reports wait for the disk): V8 concludes that such
// objects are best made among the old ones, and stays at that. Reports over HTTP cost 93 µs instead of 40 then.
if (hasFleet) setFlagsFromString('--no-allocation-site-pretenuring');
// What runs while a fleet starts mostly runs once: compiling it well took a third of the processor time of the start of 200
// agents (0.7 -> 0.3 s beside 1.4 s), which the agents were waiting for. Then as usual, for what then runs often.
if (hasFleet) {
  setFlagsFromString(`--interrupt-budget=${6 * USUAL_BUDGET}`);
  const startIsOver = () => {
    setFlagsFromString(`--interrupt-budget=${USUAL_BUDGET}`);
    // A daemon lives for months beside its agents: what is old is collected before the heap has grown by half again, and
    // pages that hold little are emptied (137 -> 99 MB after 200 agents crashed three times, at the same CPU time). From the
    // beginning on it would take a tenth of the processor time of the start.
    setFlagsFromString('--optimize-for-size');
    keepNurserySmall();
  };
  setTimeout(startIsOver, START_MS).unref();
}

const entry = new URL('../dist/main.js', import.meta.url);
const build = new URL('../../../tools/build.mjs', import.meta.url);
if (!existsSync(entry) && existsSync(build)) {
  process.stderr.write('First run in this checkout: building, about 20 seconds ...\n');
  const { status } = spawnSync(process.execPath, [fileURLToPath(build)], { stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(1);
}
// It is small: compiled code would save it little time, and it is to take little memory.
const standIn = isUp && !hasFleet ? fromBundle('stand-in.cjs', false) : undefined;
const isDone = standIn !== undefined && (await standIn.main());
if (!isDone) {
  const { main } = fromBundle('start.cjs') ?? (await import(entry.href));
  await main();
}

/** From its present size; V8 makes it smaller again when little is going on. */
function keepNurserySmall() {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/** The program in few files, as `npm run build` leaves it; in a checkout not when a part was built anew since. */
function fromBundle(name, keepsCompiled = true) {
  const folder = new URL('../dist/bundle/', import.meta.url);
  const madeAt = modifiedAt(new URL(name, folder));
  if (madeAt === 0 || (existsSync(build) && !isNewest(folder, madeAt))) return undefined;
  const bundle = openBundle(fileURLToPath(folder), keepsCompiled);
  if (isUp) setTimeout(bundle.keepCompiledInTurns, COMPILED_MS).unref();
  else process.once('exit', bundle.keepCompiled);
  return bundle.load(name);
}

function isNewest(folder, madeAt) {
  const root = new URL('../../../', import.meta.url);
  const madeOf = readFileSync(new URL('made-of.txt', folder), 'utf8').trim().split('\n');
  return madeOf.every((path) => modifiedAt(new URL(path, root)) < madeAt);
}

function modifiedAt(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
