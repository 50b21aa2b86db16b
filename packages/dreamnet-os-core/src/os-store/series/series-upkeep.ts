import type { Store, StoreWrite } from '@dreamnet/contracts';
import { packRecord, type RecordEntry, unpackRecord } from './block-record.js';
import { type Breath, createBreath } from './breath.js';
import { createFolding, DAY_MS, encodeRollups, type Folding, floorTo, HOUR_MS, MINUTE_MS } from './rollup.js';
import { decodeSamples, type Samples } from './sample-block.js';
import type { SeriesBook, SeriesGroup } from './series-book.js';
import type { HistoryCore } from './series-options.js';
import { inOrder, rollupsIn } from './series-query.js';
import {
  deleteRaw,
  dropSummed,
  putState,
  putSummed,
  readRaw,
  readSummed,
  SHARE_SLOTS,
  summedKey,
} from './series-shelf.js';

/** An hour is summed up when it has been over for this long: until then late values may come. */
const SETTLE_MS = 10 * MINUTE_MS;
/** Records deleted in one transaction. */
const DELETES = 200;

/** Sums up what is old enough, and lets go of what is older than it is to be kept. */
export interface SeriesUpkeep {
  /** Does what is due, a little at a time. Level-based: what an interruption left undone is done by the next call. */
  run(): Promise<void>;
}

interface Tools {
  core: HistoryCore;
  store: Store;
  breathe: Breath;
  onDamaged: (key: string) => void;
}

/** Not to be called concurrently, nor while blocks are written. */
export function createSeriesUpkeep(
  core: HistoryCore,
  parts: { book: SeriesBook; store: Store; onDamaged: (key: string) => void },
): SeriesUpkeep {
  let droppedAt = Number.NEGATIVE_INFINITY;
  return {
    run: async () => {
      const tools: Tools = {
        core,
        store: parts.store,
        breathe: createBreath(core.clock),
        onDamaged: parts.onDamaged,
      };
      const now = core.clock.now();
      for (const group of parts.book.groups) {
        await sumUpHours(tools, group, now);
        await sumUpDays(tools, group);
        await dropRaw(tools, group, now);
      }
      if (floorTo(now, HOUR_MS) === droppedAt) return;
      for (const group of parts.book.groups) await dropOldSums(tools, group, now);
      parts.book.countActive(now - DAY_MS);
      droppedAt = floorTo(now, HOUR_MS);
    },
  };
}

/** Raw values → minutes, an hour at a time. */
async function sumUpHours(tools: Tools, group: SeriesGroup, now: number): Promise<void> {
  for (;;) {
    const next = group.records.find(({ to }) => to >= group.minutesUntil);
    if (next === undefined) return;
    const hour = Math.max(group.minutesUntil, floorTo(next.from, HOUR_MS));
    if (hour + HOUR_MS + SETTLE_MS > now) return;
    const foldings = await foldHour(tools, group, hour);
    const minutesUntil = hour + HOUR_MS;
    await tools.store.commit([
      ...writesOf(group, foldings, { summed: 'minutes', unit: MINUTE_MS, start: hour }),
      putState(group, { minutesUntil }),
    ]);
    // Not before: an hour that the store did not take is summed up again.
    group.minutesUntil = minutesUntil;
    await tools.breathe();
  }
}

async function foldHour(tools: Tools, group: SeriesGroup, hour: number): Promise<Map<number, Folding>> {
  const bySlot = new Map<number, Samples[]>();
  const end = hour + HOUR_MS;
  for await (const { key, value } of readRaw(tools.store, group, { from: hour, to: end })) {
    const entries = unpackRecord(value, ({ from, to }) => from < end && to >= hour);
    if (entries === undefined) tools.onDamaged(key);
    for (const { slot, bytes } of entries ?? []) {
      if (bytes === undefined) tools.onDamaged(key);
      else {
        const parts = bySlot.get(slot) ?? [];
        bySlot.set(slot, parts);
        parts.push(decodeSamples(bytes));
      }
      await tools.breathe();
    }
  }
  const foldings = new Map<number, Folding>();
  for (const [slot, parts] of bySlot) {
    // As in every answer: of one moment that is there twice one value counts.
    obtain(foldings, slot, MINUTE_MS).addSamples(inOrder(parts, { from: hour, to: end }), hour, end);
    await tools.breathe();
  }
  return foldings;
}

/** Minutes → hours, a day at a time. */
async function sumUpDays(tools: Tools, group: SeriesGroup): Promise<void> {
  while (group.hoursUntil > 0 && group.hoursUntil + DAY_MS <= group.minutesUntil) {
    const day = group.hoursUntil;
    const foldings = new Map<number, Folding>();
    for (let share = 0; share * SHARE_SLOTS < group.slots.length; share += 1)
      await foldDay(tools, foldings, { group, share, day });
    const hoursUntil = day + DAY_MS;
    const writes = writesOf(group, foldings, { summed: 'hours', unit: HOUR_MS, start: day });
    // A day without data is not worth a write: should it be forgotten, it is found empty again.
    if (writes.length > 0) await tools.store.commit([...writes, putState(group, { hoursUntil })]);
    group.hoursUntil = hoursUntil;
  }
}

async function foldDay(
  tools: Tools,
  foldings: Map<number, Folding>,
  { group, share, day }: { group: SeriesGroup; share: number; day: number },
): Promise<void> {
  const range = { summed: 'minutes', group, share, fromMs: day, toMs: day + DAY_MS } as const;
  for await (const { start, value } of readSummed(tools.store, range)) {
    for (
      let slot = share * SHARE_SLOTS;
      slot < Math.min((share + 1) * SHARE_SLOTS, group.slots.length);
      slot += 1
    )
      for (const rollup of rollupsIn(value, {
        slot,
        unit: MINUTE_MS,
        onDamaged: () => tools.onDamaged(`minutes/${start}`),
      }))
        obtain(foldings, slot, HOUR_MS).add(rollup);
    await tools.breathe();
  }
}

function obtain(foldings: Map<number, Folding>, slot: number, stepMs: number): Folding {
  const folding = foldings.get(slot) ?? createFolding(stepMs);
  foldings.set(slot, folding);
  return folding;
}

function writesOf(
  group: SeriesGroup,
  foldings: ReadonlyMap<number, Folding>,
  of: { summed: 'minutes' | 'hours'; unit: number; start: number },
): StoreWrite[] {
  const shares = new Map<number, RecordEntry[]>();
  for (const [slot, folding] of [...foldings].sort(([a], [b]) => a - b)) {
    const rollups = folding.rollups();
    const [first, last] = [rollups[0], rollups.at(-1)];
    if (first === undefined || last === undefined) continue;
    const share = Math.floor(slot / SHARE_SLOTS);
    const entries = shares.get(share) ?? [];
    entries.push({ slot, from: first.at, to: last.at, bytes: encodeRollups(rollups, of.unit) });
    shares.set(share, entries);
  }
  return [...shares].map(([share, entries]) =>
    putSummed(of.summed, summedKey(group, share, of.start), packRecord(entries)),
  );
}

/** Whole hours only, and none that is not summed up. */
async function dropRaw(tools: Tools, group: SeriesGroup, now: number): Promise<void> {
  const before = Math.min(floorTo(now - tools.core.settings.keep.rawMs, HOUR_MS), group.minutesUntil);
  const old = group.records.filter(({ to }) => to < before);
  for (let at = 0; at < old.length; at += DELETES) {
    const page = old.slice(at, at + DELETES);
    await tools.store.commit(page.map(({ key }) => deleteRaw(key)));
    const gone = new Set(page);
    group.records = group.records.filter((record) => !gone.has(record));
    await tools.breathe();
  }
}

async function dropOldSums({ core, store, breathe }: Tools, group: SeriesGroup, now: number): Promise<void> {
  const { minuteMs, hourMs } = core.settings.keep;
  const minutesBefore = Math.min(floorTo(now - minuteMs, DAY_MS), group.hoursUntil);
  for (let share = 0; share * SHARE_SLOTS < group.slots.length; share += 1) {
    await dropSummed(store, { summed: 'minutes', group, share, beforeMs: minutesBefore });
    await dropSummed(store, { summed: 'hours', group, share, beforeMs: floorTo(now - hourMs, DAY_MS) });
    await breathe();
  }
}
