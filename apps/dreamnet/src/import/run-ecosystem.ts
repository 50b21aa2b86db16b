import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { programError } from '../errors.js';

/** A file that describes programs needs no longer than this; one that runs on is ended. */
const TIMEOUT_MS = 10_000;
const OUTPUT_LIMIT_BYTES = 16 * 1024 * 1024;
/** Not to be met in what the file itself prints. */
const MARK = '\u0001dreamnet-ecosystem\u0001';
const PROGRAM = `
import(process.argv[1]).then(async (module) => {
  const given = module.default ?? module;
  const value = typeof given === 'function' ? await given() : given;
  process.stdout.write(${JSON.stringify(MARK)} + JSON.stringify(value), () => process.exit(0));
}, (error) => { process.stderr.write(String(error?.message ?? error)); process.exit(1); });
`;

/**
 * Runs a JavaScript file in a Node.js of its own and takes what it exports, as JSON.
 *
 * @param variables The whole environment of that Node.js.
 * @throws DN_IMPORT_FAILED
 */
export function runEcosystem(path: string, variables: Readonly<Record<string, string | undefined>>): unknown {
  const { status, stdout, stderr, error } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', PROGRAM, resolve(path)],
    { encoding: 'utf8', env: { ...variables }, timeout: TIMEOUT_MS, maxBuffer: OUTPUT_LIMIT_BYTES },
  );
  const json = stdout?.split(MARK)[1];
  if (status === 0 && json !== undefined && json !== 'undefined') return JSON.parse(json);
  const why = error?.message ?? (stderr.trim().split('\n').at(-1) || 'it exports nothing');
  throw programError('DN_IMPORT_FAILED', { path, why });
}
