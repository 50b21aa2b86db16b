import type { Clock, SubsystemStatus } from '@dreamnet/contracts';
import type { HealthEngine } from '../boundary.js';
import type { TrendSeries } from './trends.js';

/** Changes remembered per subsystem; one that never changes costs nothing. */
const KEPT_CHANGES = 64;
const POINTS = 60;
const VALUE: Record<SubsystemStatus, number | undefined> = { ok: 1, warn: 0.5, error: 0, unknown: undefined };

/** The status of single subsystems over time. */
export interface StatusSeries {
  /** Evenly spaced points over the last `spanMs` of every subsystem whose status changed within it. */
  series(spanMs: number): TrendSeries[];
  stop(): void;
}

interface Change {
  atMs: number;
  value: number | undefined;
}

/** Remembers changes of status from the moment it is made. Times are monotonic inside and epoch ms outside. */
export function createStatusSeries(options: { clock: Clock; engine: HealthEngine }): StatusSeries {
  const { clock, engine } = options;
  const changes = new Map<string, Change[]>();
  /** Monotonic ms at which it became known for the first time: all there is to say of one that is well ever since. */
  const firsts = new Map<string, number>();
  const stop = engine.onChange(({ before, after }) => {
    if (before === after.status) return;
    if (before === 'unknown' && !changes.has(after.name) && !firsts.has(after.name)) {
      firsts.set(after.name, clock.monotonic());
      return;
    }
    const kept = changes.get(after.name) ?? startOf(firsts.get(after.name), VALUE[before]);
    firsts.delete(after.name);
    kept.push({ atMs: clock.monotonic(), value: VALUE[after.status] });
    if (kept.length > KEPT_CHANGES) kept.shift();
    changes.set(after.name, kept);
  });
  return {
    stop,
    series: (spanMs) => {
      const found: TrendSeries[] = [];
      const nowMs = clock.monotonic();
      const offset = clock.now() - nowMs;
      for (const [subject, kept] of changes) {
        if (engine.subsystem(subject) === undefined) changes.delete(subject);
        else if ((kept.at(-1)?.atMs ?? 0) >= nowMs - spanMs)
          found.push({ subject, points: resample(kept, { nowMs, spanMs, offset }) });
      }
      for (const [subject, firstMs] of firsts) {
        const status = engine.read(subject)?.status;
        if (status === undefined) firsts.delete(subject);
        else if (firstMs >= nowMs - spanMs) {
          const kept = startOf(firstMs, VALUE[status]);
          found.push({ subject, points: resample(kept, { nowMs, spanMs, offset }) });
        }
      }
      return found;
    },
  };
}

function startOf(firstMs: number | undefined, value: number | undefined): Change[] {
  if (firstMs === undefined) return [{ atMs: Number.NEGATIVE_INFINITY, value }];
  return [
    { atMs: Number.NEGATIVE_INFINITY, value: undefined },
    { atMs: firstMs, value },
  ];
}

function resample(kept: readonly Change[], grid: { nowMs: number; spanMs: number; offset: number }) {
  const points: { at: number; value: number }[] = [];
  let next = 0;
  let value: number | undefined;
  for (let index = 0; index < POINTS; index += 1) {
    const atMs = grid.nowMs - grid.spanMs + (grid.spanMs * (index + 1)) / POINTS;
    for (let change = kept[next]; change !== undefined && change.atMs <= atMs; change = kept[next]) {
      value = change.value;
      next += 1;
    }
    if (value !== undefined) points.push({ at: grid.offset + atMs, value });
  }
  return points;
}
