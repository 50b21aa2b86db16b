import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileCallFilter } from './call-filter.js';

/** Begins with a dot, as no process's folder beside it does. */
const FILE_NAME = '.calls.bpf';

/**
 * Puts the filter of system calls where a sandbox can be given it from.
 *
 * @returns Its path; undefined for a processor there is no filter for.
 */
export function writeCallFilter(directory: string, processor: string = process.arch): string | undefined {
  const filter = compileCallFilter(processor);
  if (filter === undefined) return undefined;
  const path = join(directory, FILE_NAME);
  if (existsSync(path) && readFileSync(path).equals(filter)) return path;
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  // Beside and renamed: a sandbox that starts now reads the old one or the new one, never half.
  const beside = `${path}.new`;
  writeFileSync(beside, filter, { mode: 0o600 });
  renameSync(beside, path);
  return path;
}
