import { readdirSync, readFileSync } from 'node:fs';

/** O_CLOEXEC as /proc shows it, in octal. @source proc(5), fdinfo */
const CLOSES_ON_EXEC = 0o2000000;
const LAST_STANDARD = 2;

/**
 * Descriptors of this process that every child would get: those whoever started the daemon left open. Node.js opens
 * its own so that they close, and makes no more than the first sixteen of the inherited ones do so.
 */
export function leakingDescriptors(folder = '/proc/self/fdinfo'): readonly number[] {
  return readdirSync(folder)
    .map(Number)
    .filter((fd) => fd > LAST_STANDARD && leaks(`${folder}/${fd}`))
    .sort((one, other) => one - other);
}

function leaks(path: string): boolean {
  try {
    const flags = /^flags:\s+([0-7]+)/m.exec(readFileSync(path, 'utf8'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & CLOSES_ON_EXEC) === 0;
  } catch {
    return false; // the one the folder itself was read with
  }
}
