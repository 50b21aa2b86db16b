// Puts the program and what it imports into a few files. Made of 700 modules, a daemon takes twice the time to start and
// 20 MB more: each module is a file to find, a text to hold and a compilation of its own, and most of some packages is
// never used.
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { collectNotices, NOTICES } from './notices.mjs';

/** Where the bundle is, from the root of the sources. `bin/dreamnet.mjs` knows these names, too. */
const FOLDER = 'apps/dreamnet/dist/bundle';
/** The file to import. Written last, so that it is never there without the rest. */
const DOOR = 'start.js';
/** What the bundle was made of, one a line, from the root: it is not used when one of them is newer. */
const INPUTS = 'made-of.txt';
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
  const madeAt = modifiedAt(join(folder, DOOR));
  if (inputs.every((path) => modifiedAt(join(root, path)) < madeAt)) return false;
  const { rolldown } = await import('rolldown');
  const bundle = await rolldown({
    input: { main: join(root, 'apps/dreamnet/dist/main.js') },
    platform: 'node',
    external: LEFT_OUT,
    logLevel: 'silent',
  });
  const names = '[name]-[hash].js';
  const { output } = await bundle.generate({
    format: 'esm',
    minify: MINIFY,
    entryFileNames: names,
    chunkFileNames: names,
  });
  await bundle.close();
  write(folder, output, inputs);
  for (const name of readdirSync(folder))
    if (modifiedAt(join(folder, name)) < startedAt - KEEP_OLD_MS) rmSync(join(folder, name));
  return true;
}

function listInputs(root) {
  const packages = readdirSync(join(root, 'packages')).map((name) => `packages/${name}`);
  return [...packages, 'apps/dreamnet']
    .map((folder) => `${folder}/dist/.tsbuildinfo`)
    .concat('package-lock.json', 'tools/bundle.mjs', 'tools/notices.mjs')
    .filter((path) => modifiedAt(join(root, path)) > 0);
}

function write(folder, output, inputs) {
  mkdirSync(folder, { recursive: true });
  for (const { fileName, code } of output) writeFileSync(join(folder, fileName), asAscii(code));
  writeFileSync(join(folder, NOTICES), collectNotices(output.flatMap(({ moduleIds }) => moduleIds)));
  const { fileName: main } = output.find(({ isEntry }) => isEntry);
  writeFileSync(join(folder, INPUTS), `${inputs.join('\n')}\n`);
  const beside = join(folder, `${DOOR}.${process.pid}`);
  writeFileSync(beside, `export { main } from './${main}';\n`);
  renameSync(beside, join(folder, DOOR));
}

/** One character beyond Latin 1, and V8 holds the whole text in two bytes a character. */
function asAscii(code) {
  return code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Milliseconds; 0 when there is no such file. */
function modifiedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
