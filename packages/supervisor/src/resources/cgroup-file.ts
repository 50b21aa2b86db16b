import { readFileSync, writeFileSync } from 'node:fs';

/** The content of one file of a cgroup; empty when this kernel or hierarchy has no such file. */
export function readCgroupFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/**
 * Writes one value. Never makes the file: a kernel without this limit has none.
 *
 * @returns The error's code, or undefined when it was written.
 */
export function writeCgroupFile(file: string, value: string): string | undefined {
  try {
    writeFileSync(file, value, { flag: 'r+' });
    return undefined;
  } catch (error) {
    return errorCode(error);
  }
}

/** `EACCES` and the like; for anything else its text. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
