import type { Alert } from '@dreamnet/contracts';
import type { AlertCondition } from '../boundary.js';

/** One alert in hand: the alert as everybody sees it (never changed, only replaced) and what only the book knows. */
export interface AlertCase {
  alert: Alert;
  /** Missing for an alert loaded from the store, until its condition is seen again. */
  condition: AlertCondition | undefined;
  /** Monotonic ms: when the condition was first seen, and since when it is gone. */
  seenSinceMs: number;
  goneSinceMs: number | undefined;
  /** Monotonic ms of the resolution. */
  resolvedMs: number | undefined;
}

/** All alerts in memory, by id and by fingerprint. */
export interface AlertCases {
  add(found: AlertCase): void;
  get(id: string): AlertCase | undefined;
  /** The one that is detected or active. */
  openOf(fingerprint: string): AlertCase | undefined;
  inState(state: 'detected' | 'active' | 'resolved'): AlertCase[];
  /** To be called after each change of state. Returns the ids forgotten because too many are closed. */
  settle(found: AlertCase): readonly string[];
  all(): IterableIterator<AlertCase>;
}

/** @param keepClosed How many closed alerts are remembered. */
export function createAlertCases(keepClosed: number): AlertCases {
  const byId = new Map<string, AlertCase>();
  const open = new Map<string, AlertCase>();
  const resolved = new Set<AlertCase>();
  /** Oldest first: a Set keeps the order of insertion. */
  const closed = new Set<string>();
  const settle = (found: AlertCase): readonly string[] => {
    const { id, state, fingerprint } = found.alert;
    if (state === 'detected' || state === 'active') open.set(fingerprint, found);
    else if (open.get(fingerprint) === found) open.delete(fingerprint);
    if (state === 'resolved') resolved.add(found);
    else resolved.delete(found);
    if (state !== 'closed') return [];
    closed.add(id);
    const forgotten: string[] = [];
    for (const oldest of closed) {
      if (closed.size <= keepClosed) break;
      closed.delete(oldest);
      byId.delete(oldest);
      forgotten.push(oldest);
    }
    return forgotten;
  };
  return {
    add: (found) => {
      byId.set(found.alert.id, found);
      settle(found);
    },
    get: (id) => byId.get(id),
    openOf: (fingerprint) => open.get(fingerprint),
    // Few are open or fresh, many are closed: a look at the open ones must not pass over those.
    inState: (state) =>
      [...(state === 'resolved' ? resolved : open.values())].filter((one) => one.alert.state === state),
    settle,
    all: () => byId.values(),
  };
}
