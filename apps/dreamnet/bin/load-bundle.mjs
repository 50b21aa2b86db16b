// Loads the program from its bundle, with the code that V8 has compiled of it in an earlier life. Without, a fifth of the
// processor time of the start of 200 agents goes into reading and compiling the same text again.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { cachedDataVersionTag } from 'node:v8';
import { Script } from 'node:vm';

const HASH = 'sha256';
const HASH_BYTES = 32;

/**
 * Opens a bundle: its files are CommonJS and name each other by `./NAME`.
 *
 * @param {string} folder where it is; compiled code is kept beside it, if this user may write there
 * @param {boolean} [keeps] whether compiled code is read and kept; in memory it is 5 MB, however small the program
 * @returns {{load(name: string): object, keepCompiled(): void, keepCompiledInTurns(): void}} `load` runs a file, once, and gives
 *   what it exports; `keepCompiled` writes down what was compiled since, functions that have run among it, for the next start:
 *   50 ms of work for all files; in turns of the event loop others get theirs after each file
 */
export function openBundle(folder, keeps = true) {
  // Of V8's version and flags: what was compiled under others does not fit.
  const tag = cachedDataVersionTag();
  const compiled = join(folder, 'compiled');
  const compiledFile = (name) => join(compiled, `${name}.${tag.toString(16)}`);
  const modules = new Map();
  const unkept = new Map();
  const installed = createRequire(join(folder, 'bundle.cjs'));
  const requirePart = Object.assign((id) => (id.startsWith('./') ? load(id.slice(2)) : installed(id)), {
    resolve: installed.resolve,
  });

  function load(name) {
    const known = modules.get(name);
    if (known) return known.exports;
    const module = { exports: {} };
    modules.set(name, module);
    const filename = join(folder, name);
    const run = compile(name, filename).runInThisContext();
    run(module.exports, requirePart, module, filename, folder);
    return module.exports;
  }

  function compile(name, filename) {
    const text = readFileSync(filename, 'latin1');
    const cachedData = keeps ? readCompiled(compiledFile(name)) : undefined;
    const script = new Script(
      `'use strict';(function(exports,require,module,__filename,__dirname){${text}\n})`,
      cachedData ? { filename, cachedData } : { filename },
    );
    if (!cachedData || script.cachedDataRejected) unkept.set(name, script);
    return script;
  }

  function keepCompiled() {
    while (keepNext());
  }

  function keepCompiledInTurns() {
    if (keepNext()) setImmediate(keepCompiledInTurns);
  }

  /** @returns whether there was one, and it was kept */
  function keepNext() {
    const [next] = unkept;
    if (!next || !keeps || cachedDataVersionTag() !== tag) return false;
    const [name, script] = next;
    unkept.delete(name);
    try {
      mkdirSync(compiled, { recursive: true });
      replaceFile(compiledFile(name), script.createCachedData());
      return true;
    } catch {
      return false; // installed by another user, or the disk is full: the next start compiles as this one did
    }
  }

  return { load, keepCompiled, keepCompiledInTurns };
}

/** V8 believes what it is given: a file that was half written, or that a disk has changed, must not reach it. */
function readCompiled(file) {
  try {
    const bytes = readFileSync(file);
    const code = bytes.subarray(HASH_BYTES);
    return hashOf(code).equals(bytes.subarray(0, HASH_BYTES)) ? code : undefined;
  } catch {
    return undefined; // none yet
  }
}

/** Written beside and renamed: a reader sees all of it or nothing. */
function replaceFile(file, code) {
  const beside = `${file}.${process.pid}`;
  try {
    writeFileSync(beside, Buffer.concat([hashOf(code), code]));
    renameSync(beside, file);
  } finally {
    rmSync(beside, { force: true });
  }
}

function hashOf(bytes) {
  return createHash(HASH).update(bytes).digest();
}
