import { readFileSync } from 'node:fs';

/** The store, the logs, agents and probes need files too; connections must not take the last of them. */
const OTHER_FILES = 128;
const SHARE_OF_FILES = 0.75;
const MOST_CONNECTIONS = 10_000;
const LEAST_CONNECTIONS = 32;
/** What most systems allow a program at least, where it cannot be asked. */
const USUAL_FILES = 1024;

/** Who says nothing for so long after connecting is no client. Checked every two seconds. */
export const HEADER_TIMEOUTS = { headersTimeout: 10_000, connectionsCheckingInterval: 2_000 } as const;

/** How many connections a server may hold whose program may open so many files; those beyond are turned away. */
export function mostConnections(files: number): number {
  const share = Math.floor((files - OTHER_FILES) * SHARE_OF_FILES);
  return Math.max(LEAST_CONNECTIONS, Math.min(MOST_CONNECTIONS, share));
}

/** How many files this program may have open at once. */
export function fileLimit(): number {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
    return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
  } catch {
    return USUAL_FILES;
  }
}
