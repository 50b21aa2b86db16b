import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { programError } from '../errors.js';
import { mapOf, wordOf } from './values.js';

/** A file that describes programs needs no longer than this; one that runs on is ended. */
const TIMEOUT_MS = 10_000;
/** Should whoever ends it be ended itself. */
const LONGEST_MS = TIMEOUT_MS + 5000;
const OUTPUT_LIMIT_BYTES = 16 * 1024 * 1024;
/** What the one in between ends with when the time is up. */
const TIME_IS_UP = 124;
/** Imports the file and writes down what it exports, whatever it prints meanwhile. */
const PROGRAM = `
import { writeFileSync } from 'node:fs';
const [file, target] = process.argv.slice(1);
const tell = (told) => { writeFileSync(target, JSON.stringify(told)); process.exit(0); };
import(file).then(async (module) => {
  const given = module.default ?? module;
  tell({ value: typeof given === 'function' ? await given() : given });
}).catch((error) => tell({ why: String(error?.message ?? error) }));
`;
/**
 * Runs that in a session of its own and ends all of it: what the file started does not outlive it, nor does it hold anybody up
 * by what it has open. The end of the one who asked, by Ctrl-C, ends it as well.
 */
const KEEPER = `
const [program, file, target] = process.argv.slice(1);
const { spawn } = require('node:child_process');
const child = spawn(process.execPath, ['--input-type=module', '-e', program, file, target], { detached: true, stdio: 'ignore' });
const end = (code) => {
  try { process.kill(-child.pid, 'SIGKILL'); }
  catch (error) { if (error.code !== 'ESRCH') process.exitCode = 1; }
  process.exit(process.exitCode ?? code);
};
child.on('exit', () => end(0));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => end(1));
setTimeout(() => end(${TIME_IS_UP}), ${TIMEOUT_MS});
`;

/**
 * Runs a JavaScript file in a Node.js of its own and takes what it exports, as JSON. What it started has ended when this returns,
 * unless it went into a session of its own.
 *
 * @param variables The whole environment of that Node.js.
 * @throws DN_IMPORT_FAILED
 */
export function runEcosystem(path: string, variables: Readonly<Record<string, string | undefined>>): unknown {
  const folder = mkdtempSync(join(tmpdir(), 'dreamnet-import-'));
  const target = join(folder, 'told.json');
  try {
    const { status, error } = spawnSync(process.execPath, ['-e', KEEPER, PROGRAM, resolve(path), target], {
      env: { ...variables },
      stdio: 'ignore',
      timeout: LONGEST_MS,
    });
    const told = mapOf(readTold(target));
    if ('value' in told) return told.value;
    const isLate = status === TIME_IS_UP;
    const late = `it was still running after ${TIMEOUT_MS / 1000} s`;
    const why = isLate ? late : (wordOf(told.why) ?? error?.message ?? 'it exports nothing');
    throw programError('DN_IMPORT_FAILED', { path, why });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Undefined for what is not there, is half written or is far too large. */
function readTold(target: string): unknown {
  if (!existsSync(target) || statSync(target).size > OUTPUT_LIMIT_BYTES) return undefined;
  const text = readFileSync(target, 'utf8');
  return text.endsWith('}') ? JSON.parse(text) : undefined;
}
