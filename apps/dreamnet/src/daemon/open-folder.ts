import { closeSync, fstatSync, openSync, statSync } from 'node:fs';
import type { DreamnetError } from '@dreamnet/kit';
import { programError } from '../errors.js';

/** The state folder as a daemon opened it. */
export interface OpenFolder {
  /** DN_STATE_FOLDER_LOST while its path leads nowhere or to another folder; undefined as long as all is well. Costs one look at the disk. */
  problem(): DreamnetError | undefined;
  /** Idempotent; no problem is found from then on. */
  close(): void;
}

/** Keeps the folder open, so that no other one gets its number, and tells whether it is still in its place. @param path Absolute. */
export function holdFolder(path: string): OpenFolder {
  let descriptor: number | undefined = openSync(path, 'r');
  const { dev, ino } = fstatSync(descriptor, { bigint: true });
  return {
    problem: () => {
      if (descriptor === undefined) return undefined;
      const now = statSync(path, { bigint: true, throwIfNoEntry: false });
      if (now?.dev === dev && now.ino === ino) return undefined;
      return programError('DN_STATE_FOLDER_LOST', { path, found: now ? 'is another folder now' : 'is gone' });
    },
    close: () => {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };
}
