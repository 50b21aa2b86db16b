import type { TimeInterval } from '@dreamnet/contracts';
import type { Route } from '../routes/route-tree.js';
import { containsTime } from './time-interval-check.js';

/** Says which time intervals keep a route quiet. */
export interface MuteTimes {
  /**
   * @param at Epoch ms.
   * @returns Names of the intervals; empty when the route may speak.
   */
  mutedBy(route: Route, at: number): readonly string[];
}

const NOBODY: readonly string[] = [];
const MINUTE_MS = 60_000;

/** Answers for one set of named intervals; each is computed once a minute, however many groups ask. */
export function createMuteTimes(intervals: Readonly<Record<string, readonly TimeInterval[]>>): MuteTimes {
  const known = new Map<string, boolean>();
  let minute = Number.NaN;
  const holds = (name: string, at: number): boolean => {
    // No interval is finer than a minute, in no time zone.
    if (Math.floor(at / MINUTE_MS) !== minute) known.clear();
    minute = Math.floor(at / MINUTE_MS);
    const cached = known.get(name);
    if (cached !== undefined) return cached;
    const isWithin = (intervals[name] ?? []).some((interval) => containsTime(interval, at));
    known.set(name, isWithin);
    return isWithin;
  };
  return {
    mutedBy: (route, at) => {
      const { activeTimeIntervals: active, muteTimeIntervals: muting } = route;
      if (active.length === 0 && muting.length === 0) return NOBODY;
      if (active.length > 0 && !active.some((name) => holds(name, at))) return active;
      return muting.filter((name) => holds(name, at));
    },
  };
}
