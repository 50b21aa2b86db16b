import type { Store, StoreWrite } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import type { BlockKeeper, OwnedBlock } from './block-keeper.js';
import { packRecord } from './block-record.js';
import { createBreath } from './breath.js';
import { DAY_MS, floorTo, HOUR_MS } from './rollup.js';
import type { SampleIntake } from './sample-intake.js';
import type { HeldBlock, SeriesBook, SeriesGroup } from './series-book.js';
import type { HistoryCore } from './series-options.js';
import { putNames, putRaw, putState, rawKey } from './series-shelf.js';

/** One value of the store; larger groups of blocks become several. */
const RECORD_BYTES = 256 * 1024;
/** Brings closed blocks into the store. */
export interface SeriesWriter {
  /** @param isEverything Heads are closed whatever their age. @throws the store's error; then the blocks go on waiting */
  write(isEverything: boolean): Promise<void>;
}

interface Batch {
  group: SeriesGroup;
  blocks: OwnedBlock[];
  bytes: number;
}

/** Not to be called concurrently. */
export function createSeriesWriter(
  core: HistoryCore,
  parts: { book: SeriesBook; intake: SampleIntake; keeper: BlockKeeper; store: Store },
): SeriesWriter {
  const { book, intake, keeper, store } = parts;
  return {
    write: async (isEverything) => {
      const breathe = createBreath(core.clock);
      const oldest = core.clock.now() - core.settings.blockAgeMs;
      for (const series of book.all()) {
        if (series.count === 0) continue;
        // The scores are few, and nobody sends them again after a crash.
        const isDue = isEverything || series.name.kind === 'score' || (series.times[0] ?? 0) <= oldest;
        if (isDue) intake.close(series);
        await breathe();
      }
      for (const batch of batchesOf(book, keeper.waiting())) {
        await writeBatch(core, { batch, keeper, store });
        await breathe();
      }
    },
  };
}

/** By group, each batch no more than one commit may weigh. */
function batchesOf(book: SeriesBook, waiting: readonly OwnedBlock[]): Batch[] {
  const open = new Map<SeriesGroup, Batch>();
  const batches: Batch[] = [];
  for (const owned of waiting) {
    const group = book.place(owned.series);
    let batch = open.get(group);
    if (batch === undefined || batch.bytes > RECORD_BYTES) {
      batch = { group, blocks: [], bytes: 0 };
      open.set(group, batch);
      batches.push(batch);
    }
    batch.blocks.push(owned);
    batch.bytes += owned.block.bytes.length;
  }
  return batches;
}

async function writeBatch(
  core: HistoryCore,
  { batch, keeper, store }: { batch: Batch; keeper: BlockKeeper; store: Store },
): Promise<void> {
  const { counts } = core;
  const { group, blocks } = batch;
  const storedUntil = group.slots.map((_, slot) => group.storedUntil[slot] ?? Number.NEGATIVE_INFINITY);
  const entries = blocks.map(({ series, block }) => {
    const slot = series.place?.slot ?? 0;
    // They come in the order they were closed: what is replayed of a time the clock was set back from is judged by the last.
    storedUntil[slot] = block.to;
    return { slot, from: block.from, to: block.to, bytes: block.bytes };
  });
  // One series' blocks side by side: they are read together.
  entries.sort((a, b) => a.slot - b.slot || a.from - b.from);
  const from = entries.reduce((least, entry) => Math.min(least, entry.from), Number.POSITIVE_INFINITY);
  const to = entries.reduce((most, entry) => Math.max(most, entry.to), 0);
  const key = rawKey(group, from, to);
  const isNew = group.isNew;
  setBack(group, from);
  const writes: StoreWrite[] = [putRaw(key, packRecord(entries)), putState(group, { storedUntil })];
  if (isNew) writes.push(putNames(group));
  group.isNew = false;
  try {
    await store.commit(writes);
  } catch (thrown) {
    group.isNew ||= isNew;
    throw DreamnetError.from(thrown);
  }
  group.storedUntil = storedUntil;
  insertSorted(group, { from, to, key });
  counts.storedBytes += batch.bytes;
  counts.storedSamples += blocks.reduce((sum, { block }) => sum + block.count, 0);
  keeper.stored(new Set<HeldBlock>(blocks.map(({ block }) => block)));
}

/** What is older than what was summed up already: those hours and days are summed up again. */
function setBack(group: SeriesGroup, from: number): void {
  if (group.minutesUntil === 0) {
    group.minutesUntil = floorTo(from, HOUR_MS);
    group.hoursUntil = floorTo(from, DAY_MS);
  }
  group.minutesUntil = Math.min(group.minutesUntil, floorTo(from, HOUR_MS));
  group.hoursUntil = Math.min(group.hoursUntil, floorTo(from, DAY_MS));
}

function insertSorted(group: SeriesGroup, record: { from: number; to: number; key: string }): void {
  let place = group.records.length;
  while (place > 0 && (group.records[place - 1]?.from ?? 0) > record.from) place -= 1;
  group.records.splice(place, 0, record);
}
