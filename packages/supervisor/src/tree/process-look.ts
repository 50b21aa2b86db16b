import { createPatientReader, type Marker } from '../linux/marker.js';
import type { ProcessRow } from '../linux/process-table.js';
import { hasEnded, readProcessTable } from '../linux/process-table.js';

/** Everything that runs but this program, as one reading of /proc shows it. */
export interface ProcessLook {
  readonly rows: readonly ProcessRow[];
  markerOf(pid: number): Marker | undefined;
}

/** Whoever is overlooked while it changes its program would outlive its stop, or be started a second time. */
const PATIENCE_MS = 50;

/** One reading for all who ask within one turn of the event loop, made after the last of them has asked. */
export type SharedLook = () => Promise<ProcessLook>;

/**
 * Reads all of /proc now; each environment at most once, when its marker is asked for.
 *
 * @throws DN_SUPERVISOR_PROC_UNREADABLE
 */
export function lookNow(): ProcessLook {
  const rows = readProcessTable().filter((row) => !hasEnded(row) && row.pid !== process.pid);
  const markers = new Map<number, Marker | undefined>();
  const readMarker = createPatientReader(PATIENCE_MS);
  return {
    rows,
    markerOf: (pid) => {
      if (!markers.has(pid)) markers.set(pid, readMarker(pid));
      return markers.get(pid);
    },
  };
}

/** Without sharing, a fleet that ends at once would cost one reading of the whole machine for each of its processes. */
export function createSharedLook(look: () => ProcessLook = lookNow): SharedLook {
  let next: Promise<ProcessLook> | undefined;
  return () => {
    next ??= new Promise((resolve) => setImmediate(resolve)).then(() => {
      next = undefined;
      return look();
    });
    return next;
  };
}
