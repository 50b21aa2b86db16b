// A year of one series at one sample every ten seconds: the file stays bounded, old times are answered coarser.
import { createSqliteStore } from '@dreamnet/adapters';
import { createSeriesHistory } from '@dreamnet/dreamnet-os-core';
import { createFakeClock } from '@dreamnet/testkit';
import { complain, sizeOf, timed } from './hour.mjs';
import { createSources } from './values.mjs';

const START = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;
const EVERY_MS = 10_000;
const series = { kind: 'metric', subject: 'agent-0', metric: 'value' };

export async function measureYear({ file, days }) {
  const clock = createFakeClock(START);
  const [source] = createSources(1, 'latency');
  const store = await createSqliteStore({ path: file, clock });
  // Fewer wake-ups than in life, so that the year passes in a minute; what is kept is the same.
  const history = createSeriesHistory({
    clock,
    publish: complain,
    store,
    settings: { flushEveryMs: 900_000 },
  });
  await history.load();
  history.start();
  const sizes = [];
  for (let hour = 0; hour < days * 24; hour += 1) {
    for (let at = clock.now(), end = at + 3_600_000; at < end; at += EVERY_MS)
      history.take({ subsystem: 'agent-0', metric: 'value', at, value: source.next(0) });
    for (let quarter = 0; quarter < 4; quarter += 1) {
      await clock.advance(900_000);
      await history.settled();
    }
    const day = (hour + 1) / 24;
    if ([30, 60, 120, 240, days].includes(day)) sizes.push([day, sizeOf(file)]);
  }
  const now = clock.now();
  const results = sizes.map(([day, bytes]) => ({
    what: `one series at 0.1/s: file after ${day} days`,
    value: bytes / 1024,
    unit: 'KiB',
  }));
  for (const [name, fromMs, stepMs] of [
    ['the last day by the minute', now - DAY_MS, 60_000],
    ['the last month by the hour', now - 30 * DAY_MS, 3_600_000],
    [`all ${days} days by the day`, START, DAY_MS],
  ]) {
    let points = 0;
    const tookMs = await timed(async () => {
      points = (await history.range({ series, fromMs, toMs: now, stepMs })).points.length;
    });
    results.push({ what: `${name} (${points} points)`, value: tookMs, unit: 'ms' });
  }
  const raw = await history.samples(series, START, now);
  results.push({
    what: 'raw samples left',
    value: raw.times.length,
    unit: '',
    mark: (49 * 3_600_000) / EVERY_MS,
  });
  const { taken } = history.figures();
  results.push({ what: 'samples taken', value: taken, unit: '' });
  await history.stop();
  await store.close();
  return results;
}
