import { readFileSync, writeFileSync } from 'node:fs';

/** Which memory goes into a core dump; children inherit it, across exec, too. @source core(5) */
const FILTER = '/proc/self/coredump_filter';
/** No mapping at all: neither heap nor stack, where secrets and environments are. */
const NOTHING = '0x0';

/** Keeps the memory of the daemon and of everything it starts out of core dumps. False where the kernel cannot. */
export function keepMemoryOutOfDumps(): boolean {
  try {
    writeFileSync(FILTER, NOTHING);
    return true;
  } catch {
    // A kernel built without core dumps has no such file, and writes none either.
    return false;
  }
}

/** Is the memory of this process kept out of core dumps? */
export function isMemoryKeptOut(): boolean {
  try {
    return Number.parseInt(readFileSync(FILTER, 'utf8'), 16) === 0;
  } catch {
    return false;
  }
}
