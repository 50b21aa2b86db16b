// Puts the program and what it imports into a few files. Made of 700 modules, a daemon takes twice the time to start and
// 20 MB more: each module is a file to find, a text to hold and a compilation of its own, and most of some packages is
// never used.
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { collectNotices, NOTICES } from './notices.mjs';

/** Where the bundle is, from the root of the sources. `bin/dreamnet.mjs` knows these names, too. */
const FOLDER = 'apps/dreamnet/dist/bundle';
/**
 * The files to import, each with what it is made of: the program, and the stand-in for an Alertmanager, which shares nothing
 * with it. Together they would share pieces that hold far more than the stand-in needs (8 MB of memory).
 */
const DOORS = { 'stand-in.cjs': 'stand-in', 'start.cjs': 'main' };
/** Written last, so that it is never there without the rest. */
const LAST_DOOR = 'start.cjs';
/** What the bundle was made of, one a line, from the root: it is not used when one of them is newer. */
const INPUTS = 'made-of.txt';
/** What the program keeps of V8's work there, which is worth nothing for another bundle. */
const COMPILED = 'compiled';
/** A daemon that runs may yet load a part of the bundle that it was started from. */
const KEEP_OLD_MS = 7 * 24 * 3_600_000;
/** Native, or found at run time where it is installed. */
const LEFT_OUT = [/^node:/, '@photostructure/sqlite', 'pino-pretty'];
/** Names stay, because a stack trace is read by people. */
const MINIFY = { mangle: { keepNames: true }, compress: { keepNames: { function: true, class: true } } };

/**
 * Makes the bundle when something it is made of is newer.
 *
 * @returns {Promise<boolean>} whether it had to be made
 */
export async function bundleProgram(root) {
  const folder = join(root, FOLDER);
  const inputs = listInputs(root);
  const startedAt = Date.now();
  const madeAt = modifiedAt(join(folder, LAST_DOOR));
  if (inputs.every((path) => modifiedAt(join(root, path)) < madeAt)) return false;
  const bundles = [];
  for (const [door, entry] of Object.entries(DOORS))
    bundles.push({ door, output: await bundle(root, entry) });
  const modules = bundles.flatMap(({ output }) => output.flatMap(({ moduleIds }) => moduleIds));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, NOTICES), collectNotices([...new Set(modules)]));
  writeFileSync(join(folder, INPUTS), `${inputs.join('\n')}\n`);
  for (const { door, output } of bundles) write(folder, door, output);
  rmSync(join(folder, COMPILED), { recursive: true, force: true });
  for (const name of readdirSync(folder))
    if (modifiedAt(join(folder, name)) < startedAt - KEEP_OLD_MS) rmSync(join(folder, name));
  return true;
}

async function bundle(root, entry) {
  const { rolldown } = await import('rolldown');
  const made = await rolldown({
    input: { [entry]: join(root, `apps/dreamnet/dist/${entry}.js`) },
    platform: 'node',
    external: LEFT_OUT,
    logLevel: 'silent',
  });
  const names = '[name]-[hash].cjs';
  const { output } = await made.generate({
    // The compiled code of modules cannot be kept on Node.js 20.
    format: 'cjs',
    minify: MINIFY,
    entryFileNames: names,
    chunkFileNames: names,
  });
  await made.close();
  return output;
}

function listInputs(root) {
  const packages = readdirSync(join(root, 'packages')).map((name) => `packages/${name}`);
  return [...packages, 'apps/dreamnet']
    .map((folder) => `${folder}/dist/.tsbuildinfo`)
    .concat('package-lock.json', 'tools/bundle.mjs', 'tools/notices.mjs')
    .filter((path) => modifiedAt(join(root, path)) > 0);
}

function write(folder, door, output) {
  for (const { fileName, code } of output) writeFileSync(join(folder, fileName), asAscii(code));
  const { fileName: entry } = output.find(({ isEntry }) => isEntry);
  const beside = join(folder, `${door}.${process.pid}`);
  writeFileSync(beside, `module.exports = require('./${entry}');\n`);
  renameSync(beside, join(folder, door));
}

/** One character beyond Latin 1, and V8 holds the whole text in two bytes a character. */
function asAscii(code) {
  return code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Milliseconds; 0 when there is no such file. */
function modifiedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
