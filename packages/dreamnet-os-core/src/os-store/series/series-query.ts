import type { SeriesAnswer, SeriesPoint, SeriesRange, Store } from '@dreamnet/contracts';
import { unpackRecord } from './block-record.js';
import { type Breath, createBreath } from './breath.js';
import { type Kept, keptFrom, type Piece, piecesOf } from './range-pieces.js';
import {
  createFolding,
  DAY_MS,
  decodeRollups,
  type Folding,
  floorTo,
  HOUR_MS,
  MINUTE_MS,
  toPoint,
} from './rollup.js';
import { decodeSamples, type Samples } from './sample-block.js';
import type { HeldBlock, Series } from './series-book.js';
import type { HistoryCore } from './series-options.js';
import { readRaw, readSummed, SHARE_SLOTS } from './series-shelf.js';

/** Without a step: up to this long every value, up to that long every minute, beyond it every hour. */
const RAW_SPAN_MS = 6 * HOUR_MS;
const MINUTE_SPAN_MS = 14 * DAY_MS;

/** Reads what is in memory and in the store. */
export interface SeriesQuery {
  /** Values from memory alone; at once. Oldest first. */
  recent(series: Series, from: number, to: number): Samples;
  /** Every value there is, oldest first. */
  raw(series: Series, from: number, to: number): Promise<Samples>;
  range(series: Series, range: SeriesRange): Promise<SeriesAnswer>;
}

/** @param onDamaged Told of a record or block that cannot be read. */
export function createSeriesQuery(core: HistoryCore, onDamaged: (key: string) => void): SeriesQuery {
  const { clock, store } = core;
  const collect = async (series: Series, span: Span, breathe: Breath): Promise<Samples> => {
    const parts = inMemory(series, span);
    if (store !== undefined)
      parts.unshift(...(await inStore(store, series, { ...span, breathe, onDamaged })));
    return inOrder(parts, span);
  };
  return {
    recent: (series, from, to) => inOrder(inMemory(series, { from, to }), { from, to }),
    raw: (series, from, to) => collect(series, { from, to }, createBreath(clock)),
    range: async (series, range) => {
      const breathe = createBreath(clock);
      const span = { from: range.fromMs, to: range.toMs };
      const resolution = resolutionOf(core, range);
      const { stepMs } = range;
      if (resolution === 'raw') {
        const samples = await collect(series, span, breathe);
        return {
          points: stepMs === undefined ? plainPoints(samples) : folded(samples, span, stepMs),
          resolution,
        };
      }
      const folding = createFolding(stepMs ?? (resolution === '1m' ? MINUTE_MS : HOUR_MS));
      const pieces = piecesOf(span, resolution === '1h' ? 'hours' : 'minutes', keptOf(core, series));
      // Before anything is waited for: what is stored meanwhile is not in the sums that are read.
      const waiting = unstoredSummed(series, span);
      for (const piece of pieces)
        if (piece.source === 'raw')
          folding.addSamples(await collect(series, piece, breathe), piece.from, piece.to);
        else {
          await foldSummed({ core, series, folding, breathe, onDamaged }, piece);
          folding.addSamples(waiting, piece.from, piece.to);
        }
      return { points: folding.rollups().map(toPoint), resolution };
    },
  };
}

interface Span {
  from: number;
  to: number;
}

/** The coarsest that is still finer than the step; coarser where the finer is not kept that long. */
function resolutionOf(
  { settings, store, clock }: HistoryCore,
  range: SeriesRange,
): SeriesAnswer['resolution'] {
  // In memory there is nothing else.
  if (store === undefined) return 'raw';
  const { fromMs, toMs, stepMs } = range;
  const age = clock.now() - fromMs;
  const wanted: SeriesAnswer['resolution'] =
    stepMs === undefined
      ? toMs - fromMs <= RAW_SPAN_MS
        ? 'raw'
        : toMs - fromMs <= MINUTE_SPAN_MS
          ? '1m'
          : '1h'
      : stepMs < MINUTE_MS
        ? 'raw'
        : stepMs < HOUR_MS
          ? '1m'
          : '1h';
  if (wanted === 'raw' && age <= settings.keep.rawMs) return 'raw';
  return wanted !== '1h' && age <= settings.keep.minuteMs ? '1m' : '1h';
}

/** Of a series without a place in the store there are raw values only. */
function keptOf({ settings, clock }: HistoryCore, { place }: Series): Kept {
  const { hoursUntil, minutesUntil } = place?.group ?? { hoursUntil: 0, minutesUntil: 0 };
  return { hoursUntil, minutesUntil, ...keptFrom(clock.now(), settings.keep) };
}

interface SummedQuery {
  core: HistoryCore;
  series: Series;
  folding: Folding;
  breathe: Breath;
  onDamaged: (key: string) => void;
}

/** Folds the hours or minutes that begin within the piece. */
async function foldSummed(query: SummedQuery, piece: Piece): Promise<void> {
  const { core, series, folding, breathe, onDamaged } = query;
  const { place } = series;
  if (core.store === undefined || place === undefined || piece.source === 'raw') return;
  const [unit, length] = piece.source === 'minutes' ? [MINUTE_MS, HOUR_MS] : [HOUR_MS, DAY_MS];
  const share = Math.floor(place.slot / SHARE_SLOTS);
  for await (const { start, value } of readSummed(core.store, {
    summed: piece.source,
    group: place.group,
    share,
    fromMs: floorTo(piece.from, length),
    toMs: piece.to,
  })) {
    for (const rollup of rollupsIn(value, {
      slot: place.slot,
      unit,
      onDamaged: () => onDamaged(`${piece.source}/${start}`),
    }))
      if (rollup.at >= piece.from && rollup.at < piece.to) folding.add(rollup);
    await breathe();
  }
}

/** One series' rollups in a record. */
export function rollupsIn(value: unknown, of: { slot: number; unit: number; onDamaged: () => void }) {
  const entries = unpackRecord(value, ({ slot }) => slot === of.slot);
  if (entries === undefined || entries.some(({ bytes }) => bytes === undefined)) of.onDamaged();
  return (entries ?? []).flatMap(({ bytes }) => (bytes === undefined ? [] : decodeRollups(bytes, of.unit)));
}

function inMemory(series: Series, span: Span): Samples[] {
  return samplesOf(series, ({ from, to }) => from < span.to && to >= span.from);
}

/** Values of a time that is summed up, but not in the store nor in its sums yet: the clock was set back, or they are late. */
function unstoredSummed(series: Series, { from, to }: Span): Samples {
  const until = Math.min(to, series.place?.group.minutesUntil ?? 0);
  const parts = samplesOf(series, (block) => !block.isStored && block.from < until && block.to >= from);
  return inOrder(parts, { from, to: until });
}

/** The wanted closed blocks, and the open head. */
function samplesOf(series: Series, isWanted: (block: HeldBlock) => boolean): Samples[] {
  const parts = series.blocks.filter(isWanted).map(({ bytes }) => decodeSamples(bytes));
  if (series.count > 0)
    parts.push({ times: series.times.slice(0, series.count), values: series.values.slice(0, series.count) });
  return parts;
}

async function inStore(
  store: Store,
  series: Series,
  span: Span & { breathe: Breath; onDamaged: (key: string) => void },
): Promise<Samples[]> {
  const { place } = series;
  const to = Math.min(span.to, series.memoryFrom);
  if (place === undefined || span.from >= to) return [];
  const parts: Samples[] = [];
  for await (const { key, value } of readRaw(store, place.group, { from: span.from, to })) {
    const entries = unpackRecord(
      value,
      (entry) => entry.slot === place.slot && entry.from < to && entry.to >= span.from,
    );
    if (entries === undefined) span.onDamaged(key);
    for (const { bytes } of entries ?? [])
      if (bytes === undefined) span.onDamaged(key);
      else parts.push(decodeSamples(bytes));
    await span.breathe();
  }
  return parts;
}

/** One pair of columns in order of time, within the span, no time twice. */
export function inOrder(parts: readonly Samples[], { from, to }: Span): Samples {
  const total = parts.reduce((sum, { times }) => sum + times.length, 0);
  const times = new Float64Array(total);
  const values = new Float64Array(total);
  let count = 0;
  let isSorted = true;
  for (const part of parts)
    for (let at = 0; at < part.times.length; at += 1) {
      const time = part.times[at] ?? 0;
      if (time < from || time >= to) continue;
      if (count > 0 && time <= (times[count - 1] ?? 0)) isSorted = false;
      times[count] = time;
      values[count] = part.values[at] ?? 0;
      count += 1;
    }
  const samples = { times: times.subarray(0, count), values: values.subarray(0, count) };
  return isSorted ? samples : sorted(samples);
}

/** Of one time that is there twice (the clock was set back) the one written later counts. */
function sorted({ times, values }: Samples): Samples {
  const byTime = new Map<number, number>();
  for (let at = 0; at < times.length; at += 1) byTime.set(times[at] ?? 0, values[at] ?? 0);
  const order = [...byTime].sort(([a], [b]) => a - b);
  return {
    times: Float64Array.from(order, ([at]) => at),
    values: Float64Array.from(order, ([, value]) => value),
  };
}

function plainPoints({ times, values }: Samples): SeriesPoint[] {
  const points: SeriesPoint[] = [];
  for (let at = 0; at < times.length; at += 1) {
    const value = values[at] ?? 0;
    // Not a number: from here on nothing is known. A gap, not a value.
    if (!Number.isNaN(value))
      points.push({ at: times[at] ?? 0, mean: value, min: value, max: value, count: 1 });
  }
  return points;
}

function folded(samples: Samples, { from, to }: Span, stepMs: number): SeriesPoint[] {
  const folding = createFolding(stepMs);
  folding.addSamples(samples, from, to);
  return folding.rollups().map(toPoint);
}
