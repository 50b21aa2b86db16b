import type { BigIntStats } from 'node:fs';

/** By what a file is told from another one at the same path: its device and number. Undefined where there is none. */
export function fileNumber(found: Pick<BigIntStats, 'dev' | 'ino'> | undefined): string | undefined {
  return found && `${found.dev}:${found.ino}`;
}
