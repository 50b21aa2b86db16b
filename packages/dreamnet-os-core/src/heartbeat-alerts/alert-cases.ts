import type { Alert, HealthStats, Severity } from '@dreamnet/contracts';
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
  /** Monotonic ms of the next look at its times; Infinity when none is queued. */
  wakeMs: number;
}

/** The alerts' share of the health statistics. */
export type AlertFigures = Pick<HealthStats, 'alerts' | 'meanTimeToResolveMs'>;

/** All alerts in memory, by id and by fingerprint; every list costs what it holds, never what else there is. */
export interface AlertCases {
  add(found: AlertCase): void;
  /** Puts the alert in place of the one it replaces. Returns the ids forgotten because too many are closed. */
  replace(found: AlertCase, alert: Alert): readonly string[];
  get(id: string): AlertCase | undefined;
  /** The one that is detected or active. */
  openOf(fingerprint: string): AlertCase | undefined;
  /** Detected and active ones, in the order they were detected. */
  open(): readonly Alert[];
  active(): readonly Alert[];
  /** Newest first, all states. */
  recent(limit: number): readonly Alert[];
  figures(): AlertFigures;
  all(): IterableIterator<AlertCase>;
}

/** @param keepClosed How many closed alerts are remembered. */
export function createAlertCases(keepClosed: number): AlertCases {
  const byId = new Map<string, AlertCase>();
  const open = new Map<string, AlertCase>();
  /** Oldest first: a Set keeps the order of insertion. */
  const closed = new Set<string>();
  const lists = createLists(open);
  const tally = createTally();
  const file = (found: AlertCase): readonly string[] => {
    const { id, state, fingerprint } = found.alert;
    lists.outdate();
    tally.count(found.alert, 1);
    if (state === 'detected' || state === 'active') open.set(fingerprint, found);
    else if (open.get(fingerprint) === found) open.delete(fingerprint);
    if (state !== 'closed') return [];
    closed.add(id);
    const forgotten: string[] = [];
    for (const oldest of closed) {
      if (closed.size <= keepClosed) break;
      closed.delete(oldest);
      const gone = byId.get(oldest);
      if (gone !== undefined) tally.count(gone.alert, -1);
      byId.delete(oldest);
      forgotten.push(oldest);
    }
    return forgotten;
  };
  return {
    add: (found) => {
      byId.set(found.alert.id, found);
      file(found);
    },
    replace: (found, alert) => {
      tally.count(found.alert, -1);
      found.alert = alert;
      return file(found);
    },
    get: (id) => byId.get(id),
    openOf: (fingerprint) => open.get(fingerprint),
    open: lists.open,
    active: lists.active,
    recent: (limit) => newest(byId, limit),
    figures: tally.figures,
    all: () => byId.values(),
  };
}

/** The lists asked for most, made once per change. */
function createLists(cases: ReadonlyMap<string, AlertCase>) {
  let open: readonly Alert[] | undefined;
  let active: readonly Alert[] | undefined;
  const openOnes = (): readonly Alert[] => {
    open ??= [...cases.values()].map(({ alert }) => alert);
    return open;
  };
  return {
    open: openOnes,
    active: (): readonly Alert[] => {
      active ??= openOnes().filter(({ state }) => state === 'active');
      return active;
    },
    outdate: (): void => {
      open = undefined;
      active = undefined;
    },
  };
}

/** A Map gives its entries oldest first only: the ids are walked once, the alerts only as far as asked. */
function newest(byId: ReadonlyMap<string, AlertCase>, limit: number): readonly Alert[] {
  const skip = Math.max(0, byId.size - Math.max(0, limit));
  const found: Alert[] = [];
  let place = 0;
  for (const one of byId.values()) {
    if (place >= skip) found.push(one.alert);
    place += 1;
  }
  return found.reverse();
}

/** Figures kept up with each change. Closed alerts that were resolved count as such. */
function createTally() {
  const bySeverity: Record<Severity, number> = { info: 0, warning: 0, critical: 0 };
  let active = 0;
  let resolved = 0;
  let sumMs = 0;
  return {
    count: ({ state, severity, resolvedAt, detectedAt }: Alert, sign: 1 | -1): void => {
      if (state === 'active') {
        active += sign;
        bySeverity[severity] += sign;
      }
      if (resolvedAt === undefined) return;
      resolved += sign;
      // The wall clock may have been set back between the two.
      sumMs += sign * Math.max(0, resolvedAt - detectedAt);
    },
    figures: (): AlertFigures => ({
      alerts: { active, resolved, bySeverity: { ...bySeverity } },
      meanTimeToResolveMs: resolved === 0 ? null : sumMs / resolved,
    }),
  };
}
