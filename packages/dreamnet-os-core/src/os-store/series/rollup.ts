import type { SeriesPoint } from '@dreamnet/contracts';
import { weightedMean } from '@dreamnet/kit';
import { createBitSink, readBits, takeBytes, writeBits } from './bit-stream.js';
import { planIntegers, readIntegers, writeIntegers } from './integer-column.js';
import type { Samples } from './sample-block.js';
import { readValues, writeValues } from './value-column.js';

/** What a stretch of time held; the mean is `sum / count`, or `mean` where it is given. */
export interface Rollup {
  /** Epoch ms of its beginning. */
  at: number;
  min: number;
  max: number;
  sum: number;
  count: number;
  /** Of values whose sum is beyond what a number can hold; `sum` is not finite then. */
  mean?: number;
}

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** The last multiple of `step` not after `at`. */
export function floorTo(at: number, step: number): number {
  return Math.floor(at / step) * step;
}

/** Sums up stretches of one length as values come; times may come in any order but are cheapest in theirs. */
export interface Folding {
  addSamples(samples: Samples, from: number, to: number): void;
  add(rollup: Rollup): void;
  /** Oldest first. Stretches without a value are not there. */
  rollups(): Rollup[];
}

/** @param stepMs Length of a stretch; they begin at its multiples. */
export function createFolding(stepMs: number): Folding {
  const byStart = new Map<number, Rollup>();
  let last: Rollup | undefined;
  const obtain = (start: number): Rollup => {
    if (last?.at === start) return last;
    last = byStart.get(start);
    if (last === undefined) {
      last = {
        at: start,
        min: Number.POSITIVE_INFINITY,
        max: Number.NEGATIVE_INFINITY,
        sum: 0,
        count: 0,
      };
      byStart.set(start, last);
    }
    return last;
  };
  return {
    addSamples: ({ times, values }, from, to) => {
      for (let at = 0; at < times.length; at += 1) {
        const time = times[at] ?? 0;
        const value = values[at] ?? 0;
        if (time < from || time >= to || Number.isNaN(value)) continue;
        merge(obtain(floorTo(time, stepMs)), { min: value, max: value, sum: value, count: 1 });
      }
    },
    add: (rollup) => merge(obtain(floorTo(rollup.at, stepMs)), rollup),
    rollups: () => [...byStart.values()].sort((a, b) => a.at - b.at),
  };
}

/** As the answer of a query. */
export function toPoint(rollup: Rollup): SeriesPoint {
  const { at, min, max, count } = rollup;
  // The last digit of a mean may be rounded past the values themselves.
  return { at, mean: Math.min(max, Math.max(min, meanWithin(rollup))), min, max, count };
}

function meanWithin({ mean, sum, count }: Omit<Rollup, 'at'>): number {
  return mean ?? sum / count;
}

function merge(into: Rollup, more: Omit<Rollup, 'at'>): void {
  if (more.min < into.min) into.min = more.min;
  if (more.max > into.max) into.max = more.max;
  const sum = into.sum + more.sum;
  if (!Number.isFinite(sum))
    into.mean = weightedMean(
      { mean: meanWithin(into), count: into.count },
      { mean: meanWithin(more), count: more.count },
    );
  into.sum = sum;
  into.count += more.count;
}

const COUNT_BITS = 16;
const sink = createBitSink(4096);

/**
 * Rollups as bytes. Where the sum is not finite the mean stands in its place, and the count is negative.
 *
 * @param stepMs What their times are multiples of.
 */
export function encodeRollups(rollups: readonly Rollup[], stepMs: number): Uint8Array {
  sink.bytes.fill(0, 0, (sink.bit + 7) >>> 3);
  sink.bit = 0;
  const column = (pick: (rollup: Rollup) => number) => Float64Array.from(rollups, pick);
  const times = column(({ at }) => at / stepMs);
  const counts = column(({ count, mean }) => (mean === undefined ? count : -count));
  writeBits(sink, rollups.length, COUNT_BITS);
  writeIntegers(sink, times, planIntegers(times));
  writeIntegers(sink, counts, planIntegers(counts));
  writeValues(
    sink,
    column(({ sum, mean }) => mean ?? sum),
  );
  // Of a single value the sum is all there is to know.
  const several = rollups.filter(({ count }) => count > 1);
  writeValues(
    sink,
    Float64Array.from(several, ({ min }) => min),
  );
  writeValues(
    sink,
    Float64Array.from(several, ({ max }) => max),
  );
  return takeBytes(sink);
}

/** What `encodeRollups` was given. */
export function decodeRollups(bytes: Uint8Array, stepMs: number): Rollup[] {
  const source = { bytes, bit: 0 };
  const length = readBits(source, COUNT_BITS);
  const times = readIntegers(source, length);
  const counts = readIntegers(source, length);
  const sums = readValues(source, length);
  const several = counts.reduce((sum, count) => sum + (Math.abs(count) > 1 ? 1 : 0), 0);
  const mins = readValues(source, several);
  const maxs = readValues(source, several);
  let next = 0;
  return Array.from({ length }, (_, index) => {
    const [at, sum, count] = [(times[index] ?? 0) * stepMs, sums[index] ?? 0, counts[index] ?? 0];
    if (count === 1) return { at, min: sum, max: sum, sum, count };
    const [min, max] = [mins[next] ?? 0, maxs[next] ?? 0];
    next += 1;
    return count > 0
      ? { at, min, max, sum, count }
      : { at, min, max, sum: Number.POSITIVE_INFINITY, count: -count, mean: sum };
  });
}
