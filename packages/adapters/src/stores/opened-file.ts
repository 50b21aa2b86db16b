import { statSync } from 'node:fs';
import { adaptersError } from '../errors.js';
import { fileNumber } from '../file-number.js';

/** A file that is open, and the path at which whoever comes next looks for it. */
export interface OpenedFile {
  /** @throws DN_STORE_REPLACED when the path leads nowhere, or to another file: what is written would be found by nobody */
  check(): void;
}

/**
 * Remembers which file is at this path now. For one that stays open: as long as it does no other file gets its number.
 *
 * @param path Of a file that was just opened.
 */
export function rememberOpened(path: string): OpenedFile {
  const look = () => fileNumber(statSync(path, { bigint: true, throwIfNoEntry: false }));
  const opened = look();
  return {
    check: () => {
      const now = look();
      if (now === opened) return;
      const found = now === undefined ? 'is gone' : 'is another file now';
      throw adaptersError('DN_STORE_REPLACED', { path, found });
    },
  };
}
