import { encodeSamples } from './sample-block.js';
import type { HeldBlock, Series } from './series-book.js';
import type { HistoryCore } from './series-options.js';

const FIRST_LENGTH = 8;
/** Nine digits of base 36, as keys of the store have them: the year 5188. */
const LATEST_MS = 36 ** 9 - 1;
/** A series whose newest sample is this far ahead of the clock was written before the clock was set back. */
const AHEAD_LIMIT_MS = 60_000;

/** Takes samples into the heads of their series. */
export interface SampleIntake {
  /** Idempotent by time: the same sample again is counted and ignored. `at` is epoch ms. */
  add(series: Series, at: number, value: number): void;
  /** Closes the head, if it holds anything. */
  close(series: Series): void;
  /** Reads the clock anew: what is older than raw values are kept is not taken. To be called now and then. */
  setOldest(): void;
}

/** @param onClosed Told of each closed block; it is in `series.blocks` already. */
export function createSampleIntake(
  core: HistoryCore,
  onClosed: (series: Series, block: HeldBlock) => void,
): SampleIntake {
  const { counts } = core;
  let oldest = Number.NEGATIVE_INFINITY;
  const setOldest = (): void => {
    oldest = core.clock.now() - core.settings.keep.rawMs;
  };
  const isTooOld = (time: number): boolean => {
    if (time >= oldest) return false;
    // Unless the clock was set back since.
    setOldest();
    return time < oldest;
  };
  const close = (series: Series): void => {
    if (series.count === 0) return;
    const block = closeHead(series);
    onClosed(series, block);
  };
  const push = (series: Series, at: number, value: number): void => {
    if (series.count === series.times.length) {
      if (series.count >= series.capacity) close(series);
      else grow(series);
    }
    series.times[series.count] = at;
    series.values[series.count] = value;
    series.count += 1;
    series.lastAt = at;
    series.lastValue = value;
    counts.taken += 1;
  };
  const addOlder = (series: Series, at: number, value: number): void => {
    const now = core.clock.now();
    if (series.lastAt > now + AHEAD_LIMIT_MS && at <= now + AHEAD_LIMIT_MS) {
      close(series);
      series.closedUntil = Number.NEGATIVE_INFINITY;
      counts.clockSetBack += 1;
      push(series, at, value);
    } else if (at > series.closedUntil) insert(series, { at, value }, core);
    else if (at === series.lastAt || at === series.closedUntil) counts.duplicates += 1;
    else counts.late += 1;
  };
  return {
    add: (series, at, value) => {
      const time = Math.round(at);
      if (!(time >= 0 && time <= LATEST_MS)) counts.unusable += 1;
      else if (isTooOld(time)) counts.late += 1;
      else if (time > series.lastAt) {
        if (Number.isNaN(series.firstAt)) series.firstAt = time;
        push(series, time, value);
      } else addOlder(series, time, value);
    },
    close,
    setOldest,
  };
}

function closeHead(series: Series): HeldBlock {
  const { count } = series;
  const times = series.times.subarray(0, count);
  const values = series.values.subarray(0, count);
  const [from, to] = [times[0] ?? 0, times[count - 1] ?? 0];
  const block = {
    from,
    to,
    count,
    lastValue: values[count - 1] ?? 0,
    bytes: encodeSamples({ times, values }),
    isStored: false,
  };
  series.blocks.push(block);
  series.closedUntil = to;
  series.count = 0;
  return block;
}

/** Late within the head: everything after it moves up by one. */
function insert(series: Series, { at, value }: { at: number; value: number }, { counts }: HistoryCore): void {
  let place = series.count;
  while (place > 0 && (series.times[place - 1] ?? 0) > at) place -= 1;
  if (place > 0 && series.times[place - 1] === at) {
    counts.duplicates += 1;
    return;
  }
  if (series.count === series.times.length) grow(series);
  series.times.copyWithin(place + 1, place, series.count);
  series.values.copyWithin(place + 1, place, series.count);
  series.times[place] = at;
  series.values[place] = value;
  series.count += 1;
  if (at < series.firstAt) series.firstAt = at;
  counts.taken += 1;
}

function grow(series: Series): void {
  const length = Math.max(FIRST_LENGTH, Math.min(series.times.length * 2, series.capacity));
  // A late sample may come when the head is full already.
  const needed = Math.max(length, series.count + 1);
  const [times, values] = [new Float64Array(needed), new Float64Array(needed)];
  times.set(series.times);
  values.set(series.values);
  series.times = times;
  series.values = values;
}
