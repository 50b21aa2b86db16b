import type { Store } from '@dreamnet/contracts';
import type { Series, SeriesBook } from './series-book.js';
import { readGroups, type StoredGroup } from './series-shelf.js';

/** Learns which series are stored and until when; what came in before is kept, but for what is stored already. */
export async function loadSeries(book: SeriesBook, store: Store): Promise<void> {
  for (const stored of await readGroups(store)) {
    const { group } = stored;
    const memoryFrom = group.records.reduce(
      (most, { to }) => Math.max(most, to + 1),
      Number.NEGATIVE_INFINITY,
    );
    book.groups.push(group);
    for (const [slot, name] of stored.names.entries()) {
      const series = book.adopt(name);
      series.place = { group, slot };
      group.slots.push(series);
      takeUp(series, stored.slots[slot], memoryFrom);
    }
    group.storedUntil = stored.slots.map(({ storedUntil }) => storedUntil);
  }
}

/** @param memoryFrom Later than everything stored, also of times the clock was set back from. */
function takeUp(series: Series, stored: StoredGroup['slots'][number] | undefined, memoryFrom: number): void {
  if (stored === undefined || !Number.isFinite(stored.storedUntil)) return;
  const { storedUntil, firstAt, lastValue } = stored;
  forgetHead(series, storedUntil);
  if (!Number.isNaN(firstAt)) series.firstAt = firstAt;
  if (storedUntil >= series.lastAt) [series.lastAt, series.lastValue] = [storedUntil, lastValue];
  series.closedUntil = Math.max(series.closedUntil, storedUntil);
  series.memoryFrom = Math.max(memoryFrom, storedUntil + 1);
}

/** Takes what is stored already out of the head. */
function forgetHead(series: Series, storedUntil: number): void {
  let first = 0;
  while (first < series.count && (series.times[first] ?? 0) <= storedUntil) first += 1;
  if (first === 0) return;
  series.times.copyWithin(0, first, series.count);
  series.values.copyWithin(0, first, series.count);
  series.count -= first;
}
