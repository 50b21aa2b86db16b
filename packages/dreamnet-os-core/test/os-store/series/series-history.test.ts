import type { SeriesName } from '@dreamnet/contracts';
import { createFakeClock } from '@dreamnet/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  createSeriesHistory,
  type SeriesHistoryOptions,
} from '../../../src/os-store/series/series-history.js';
import { createTestStore } from '../../support.js';

const START = 1_699_999_200_000; // a whole hour
const name = (metric: string, subject = 'api'): SeriesName => ({ kind: 'metric', subject, metric });

function createRig(settings: NonNullable<SeriesHistoryOptions['settings']> = {}) {
  const clock = createFakeClock(START);
  const { store, state, collection } = createTestStore();
  const told: string[] = [];
  const publish = (_type: string, _subject: string, data: unknown) => told.push(JSON.stringify(data));
  const open = () => createSeriesHistory({ clock, publish, store, settings });
  return { clock, store, state, collection, told, open };
}

const give = (history: ReturnType<typeof createSeriesHistory>, at: number, value: number, metric = 'rss') =>
  history.take({ subsystem: 'api', metric, at, value });
const everything = { fromMs: 0, toMs: 1e14 };

test('history: any samples, however cut by flushes and restarts, come back once each and in order', async () => {
  const samples = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 5000 }), fc.double({ noNaN: true, noDefaultInfinity: true })),
    {
      minLength: 1,
      maxLength: 400,
    },
  );
  const cuts = fc.array(fc.constantFrom('go on', 'flush', 'restart', 'again'), {
    minLength: 1,
    maxLength: 6,
  });
  await fc.assert(
    fc.asyncProperty(samples, cuts, async (steps, between) => {
      const rig = createRig();
      let history = rig.open();
      await history.load();
      const given: [number, number][] = [];
      let at = START;
      for (const [index, [stepMs, value]] of steps.entries()) {
        at += stepMs;
        given.push([at, value]);
        give(history, at, value);
        if (index % 60 !== 59) continue;
        const cut = between[((index / 60) % between.length) | 0];
        if (cut === 'flush') await history.flush();
        if (cut === 'restart') {
          await history.flush();
          history = rig.open();
          await history.load();
        }
        // The log is replayed: what is there already is ignored.
        if (cut === 'again') for (const [time, one] of given) give(history, time, one);
      }
      const { times, values } = await history.samples(name('rss'), 0, 1e14);
      expect([...times].map((time, index) => [time, values[index]])).toEqual(given);
    }),
    { numRuns: 60 },
  );
});

test('history: without a flush a kill loses what was not written; replaying the log brings it back, nothing twice', async () => {
  const rig = createRig();
  const first = rig.open();
  for (let second = 0; second < 300; second += 1) give(first, START + second * 1000, second);
  await first.flush();
  for (let second = 300; second < 320; second += 1) give(first, START + second * 1000, second);
  const second = rig.open();
  await second.load();
  expect((await second.samples(name('rss'), 0, 1e14)).times).toHaveLength(300);
  for (let replayed = 250; replayed < 320; replayed += 1) give(second, START + replayed * 1000, replayed);
  const { values } = await second.samples(name('rss'), 0, 1e14);
  expect([...values]).toEqual(Array.from({ length: 320 }, (_, index) => index));
  expect(second.figures()).toMatchObject({ taken: 20 });
});

test('history: reports replayed before the store was read are not there twice either', async () => {
  const rig = createRig();
  const first = rig.open();
  for (let second = 0; second < 20; second += 1) give(first, START + second * 1000, second);
  await first.flush();
  const second = rig.open();
  for (let replayed = 0; replayed < 25; replayed += 1) give(second, START + replayed * 1000, replayed);
  await second.flush();
  const { values } = await second.samples(name('rss'), 0, 1e14);
  expect([...values]).toEqual(Array.from({ length: 25 }, (_, index) => index));
});

test('intake: late within the head is put in order; a duplicate and what is older than closed is counted', async () => {
  const rig = createRig();
  const history = rig.open();
  for (const second of [1, 3, 2, 3, 0]) give(history, START + second * 1000, second);
  expect([...(await history.samples(name('rss'), 0, 1e14)).values]).toEqual([0, 1, 2, 3]);
  await history.flush();
  give(history, START + 500, 9);
  give(history, START + 3000, 9);
  give(history, Number.NaN, 9);
  give(history, START + 9000, Number.POSITIVE_INFINITY);
  expect(history.figures()).toMatchObject({ taken: 4, duplicates: 2, late: 1, unusable: 2 });
});

test('intake: after the clock was set back by a day values are taken again at once', async () => {
  const rig = createRig();
  const history = rig.open();
  const day = 86_400_000;
  rig.clock.jump(day);
  for (let second = 0; second < 5; second += 1) give(history, START + day + second * 1000, second);
  rig.clock.jump(-day);
  for (let second = 0; second < 5; second += 1) give(history, START + second * 1000, 10 + second);
  await history.flush();
  expect(history.figures()).toMatchObject({ taken: 10, clockSetBack: 1, late: 0 });
  const { times } = await history.samples(name('rss'), 0, 1e14);
  expect(times).toHaveLength(10);
  expect([...times]).toEqual([...times].sort((a, b) => a - b));
});

test('intake: a clock set back by more than raw values are kept makes nothing late', async () => {
  const rig = createRig({ keep: { rawMs: 30 * 3_600_000 } });
  const history = rig.open();
  history.start();
  give(history, START, 1);
  await rig.clock.advance(60_000);
  rig.clock.jump(-60 * 3_600_000);
  give(history, rig.clock.now(), 2);
  give(history, rig.clock.now() - 31 * 3_600_000, 3, 'older');
  expect(history.figures()).toMatchObject({ taken: 2, late: 1 });
  await history.stop();
});

test('restart: after the clock was set back, replaying what came since leaves nothing twice and hides nothing', async () => {
  const rig = createRig();
  const day = 86_400_000;
  const first = rig.open();
  rig.clock.jump(day);
  for (let second = 0; second < 5; second += 1) give(first, START + day + second * 1000, second);
  await first.flush();
  rig.clock.jump(-day);
  for (let second = 0; second < 20; second += 1) give(first, START + second * 1000, 10 + second);
  await first.flush();
  const second = rig.open();
  await second.load();
  for (let replayed = 0; replayed < 25; replayed += 1) give(second, START + replayed * 1000, 10 + replayed);
  await second.flush();
  expect(second.figures()).toMatchObject({ taken: 5, storedSamples: 5 });
  expect((await second.samples(name('rss'), 0, START + day)).times).toHaveLength(25);
  expect([...(await second.samples(name('rss'), START + day, 1e14)).values]).toEqual([0, 1, 2, 3, 4]);
});

test('down-sampling: a value that is stored twice counts once', async () => {
  const rig = createRig();
  const first = rig.open();
  for (let second = 0; second < 5; second += 1) give(first, START + second * 1000, second);
  await first.flush();
  // As an older history left it: the same values again, under a key of their own.
  const raw = rig.collection('series-raw');
  for (const [key, value] of [...raw]) raw.set(`${key}-01`, value);
  const second = rig.open();
  await second.load();
  second.start();
  await rig.clock.advance(2 * 3_600_000);
  await second.settled();
  const range = { series: name('rss'), fromMs: START, toMs: START + 3_600_000, stepMs: 60_000 };
  expect((await second.range(range)).points).toMatchObject([{ count: 5, mean: 2 }]);
  await second.stop();
});

test('range: after the clock was set back into hours that are summed up, new values are in the answer at once, and once', async () => {
  const rig = createRig();
  const history = rig.open();
  history.start();
  for (let step = 0; step < 360; step += 1) give(history, START + step * 10_000, 1);
  await rig.clock.advance(3 * 3_600_000);
  await history.settled();
  rig.clock.jump(-2.5 * 3_600_000);
  for (let step = 0; step < 12; step += 1) give(history, START + 1_800_005 + step * 10_000, 3);
  const range = { series: name('rss'), fromMs: START + 1_800_000, toMs: START + 1_920_000, stepMs: 60_000 };
  for (const stepMs of [60_000, 3_600_000]) {
    const { points } = await history.range({ ...range, stepMs });
    expect(points.reduce((sum, { count }) => sum + count, 0)).toBe(24);
  }
  await history.flush();
  expect((await history.range(range)).points).toMatchObject([
    { mean: 2, count: 12 },
    { mean: 2, count: 12 },
  ]);
  await history.stop();
});

test('range: steps of an hour and more count what lies in the range alone, and in ranges side by side nothing twice', async () => {
  const HOUR = 3_600_000;
  const rig = createRig();
  const history = rig.open();
  history.start();
  // One value every half minute for thirty hours.
  for (let hour = 0; hour < 30; hour += 1) {
    for (let step = 0; step < 120; step += 1) give(history, rig.clock.now() + step * 30_000, step);
    await rig.clock.advance(HOUR);
    await history.settled();
  }
  await rig.clock.advance(900_000);
  await history.settled();
  const count = async (fromMs: number, toMs: number, stepMs: number) => {
    const { points } = await history.range({ series: name('rss'), fromMs, toMs, stepMs });
    return points.reduce((sum, point) => sum + point.count, 0);
  };
  const minutes = (from: number, to: number) => [START + from * 60_000, START + to * 60_000] as const;
  for (const stepMs of [HOUR, 1.5 * HOUR, 6 * HOUR, 24 * HOUR, 48 * HOUR]) {
    expect(await count(...minutes(610, 620), stepMs)).toBe(20);
    expect(await count(...minutes(650, 670), stepMs)).toBe(40);
    expect(await count(...minutes(10, 29 * 60 + 10), stepMs)).toBe(29 * 120);
    expect(await count(...minutes(0, 30 * 60), stepMs)).toBe(30 * 120);
  }
  // Also within a minute: its raw values are still there.
  for (const stepMs of [60_000, HOUR]) {
    expect(await count(...minutes(610.25, 620.75), stepMs)).toBe(21);
    expect(await count(...minutes(610.5, 610.75), stepMs)).toBe(1);
    expect(await count(...minutes(610.75, 611), stepMs)).toBe(0);
  }
  await history.stop();
});

test('limits: names beyond a subsystem’s and beyond all are dropped and counted, the others go on', async () => {
  const history = createRig({ seriesPerSubsystem: 3, seriesTotal: 5 }).open();
  for (let metric = 0; metric < 10; metric += 1) give(history, START, 1, `m${metric}`);
  expect(history.figures()).toMatchObject({ series: 3, overLimit: 7 });
  for (let metric = 0; metric < 10; metric += 1)
    history.take({ subsystem: 'other', metric: `m${metric}`, at: START, value: 1 });
  expect(history.figures()).toMatchObject({ series: 5, overLimit: 15 });
  give(history, START + 1000, 2, 'm0');
  expect(history.figures().taken).toBe(6);
  // A score is never left out.
  history.record({ kind: 'score', subject: 'infra', metric: 'score' }, START, 1);
  expect(history.figures().taken).toBe(7);
  give(history, START, 1, 'x'.repeat(500));
  expect(history.figures().overLimit).toBe(16);
});

test('range: raw values, steps with least, largest and mean; a gap is a gap', async () => {
  const history = createRig().open();
  for (const second of [0, 1, 2, 10, 11]) give(history, START + second * 1000, second);
  const range = { series: name('rss'), fromMs: START, toMs: START + 60_000 };
  const raw = await history.range(range);
  expect(raw.resolution).toBe('raw');
  expect(raw.points.map(({ at, mean }) => [at - START, mean])).toEqual([
    [0, 0],
    [1000, 1],
    [2000, 2],
    [10_000, 10],
    [11_000, 11],
  ]);
  const { points } = await history.range({ ...range, stepMs: 5000 });
  expect(points).toEqual([
    { at: START, mean: 1, min: 0, max: 2, count: 3 },
    { at: START + 10_000, mean: 10.5, min: 10, max: 11, count: 2 },
  ]);
  const within = await history.range({ ...range, fromMs: START + 1000, toMs: START + 10_000 });
  expect(within.points.map(({ mean }) => mean)).toEqual([1, 2]);
});

test('range: an unknown series, a turned range and too many steps are refused by code', async () => {
  const history = createRig().open();
  give(history, START, 1);
  const range = { series: name('rss'), ...everything };
  await expect(history.range({ ...range, series: name('nope') })).rejects.toMatchObject({
    code: 'DN_CORE_SERIES_UNKNOWN',
  });
  for (const wrong of [{ fromMs: 5, toMs: 4 }, { fromMs: Number.NaN }, { stepMs: 0 }, { stepMs: 1 }])
    await expect(history.range({ ...range, ...wrong })).rejects.toMatchObject({
      code: 'DN_CORE_SERIES_RANGE',
    });
});

test('down-sampling: minutes and hours hold the same sums as the values they stand for, across restarts', async () => {
  const rig = createRig({ keep: { rawMs: 30 * 3_600_000 } });
  let history = rig.open();
  history.start();
  const given: number[] = [];
  for (let hour = 0; hour < 60; hour += 1) {
    for (let step = 0; step < 360; step += 1) {
      const value = Math.sin(given.length) * 10 + hour;
      give(history, rig.clock.now() + step * 10_000, value);
      given.push(value);
    }
    await rig.clock.advance(3_600_000);
    await history.settled();
    if (hour % 25 !== 24) continue;
    await history.stop();
    history = rig.open();
    await history.load();
    history.start();
  }
  await rig.clock.advance(900_000);
  await history.settled();
  const range = { series: name('rss'), fromMs: START, toMs: START + 60 * 3_600_000 };
  for (const [stepMs, resolution] of [
    [60_000, '1m'],
    [3_600_000, '1h'],
  ] as const) {
    const answer = await history.range({ ...range, stepMs });
    expect(answer.resolution).toBe(resolution);
    const perStep = stepMs / 10_000;
    expect(answer.points).toHaveLength(given.length / perStep);
    for (const [index, point] of answer.points.entries()) {
      const values = given.slice(index * perStep, (index + 1) * perStep);
      expect(point.at).toBe(START + index * stepMs);
      expect(point.count).toBe(perStep);
      expect(point.min).toBe(Math.min(...values));
      expect(point.max).toBe(Math.max(...values));
      expect(point.mean).toBeCloseTo(values.reduce((sum, value) => sum + value, 0) / perStep, 9);
    }
  }
  // What is older than raw values are kept is answered with minutes.
  const old = await history.range({ ...range, toMs: START + 600_000 });
  expect(old).toMatchObject({ resolution: '1m' });
  expect(old.points).toHaveLength(10);
  const rawKeys = [...rig.collection('series-raw').keys()];
  expect(rawKeys.length).toBeGreaterThan(0);
  expect((await history.samples(name('rss'), 0, START + 24 * 3_600_000)).times).toHaveLength(0);
  await history.stop();
});

test('down-sampling: values of an hour that was summed up already are not lost', async () => {
  const rig = createRig();
  const history = rig.open();
  history.start();
  give(history, START + 1000, 1, 'early');
  await rig.clock.advance(3 * 3_600_000);
  await history.settled();
  // Buffered by its sender for hours; the first of its series.
  give(history, START + 2000, 7, 'buffered');
  await rig.clock.advance(600_000);
  await history.settled();
  const range = { fromMs: START, toMs: START + 3_600_000, stepMs: 60_000 };
  expect((await history.range({ series: name('buffered'), ...range })).points).toMatchObject([{ mean: 7 }]);
  expect((await history.range({ series: name('early'), ...range })).points).toMatchObject([{ mean: 1 }]);
  await history.stop();
});

test('down-sampling: an hour whose sums the store did not take is summed up again when it takes them', async () => {
  const rig = createRig({ keep: { rawMs: 30 * 3_600_000 } });
  const history = rig.open();
  history.start();
  for (let step = 0; step < 360; step += 1) give(history, START + step * 10_000, step);
  await history.flush();
  rig.state.isBroken = true;
  await rig.clock.advance(2 * 3_600_000);
  await history.settled();
  rig.state.isBroken = false;
  await rig.clock.advance(600_000);
  await history.settled();
  // Days later only what was summed up is left, by the minute and by the hour.
  await rig.clock.advance(72 * 3_600_000);
  await history.settled();
  const range = { series: name('rss'), fromMs: START, toMs: START + 3_600_000 };
  for (const [stepMs, points] of [
    [60_000, 60],
    [3_600_000, 1],
  ] as const) {
    const answer = await history.range({ ...range, stepMs });
    expect(answer.points).toHaveLength(points);
    expect(answer.points.reduce((sum, { count }) => sum + count, 0)).toBe(360);
  }
  await history.stop();
});

test('damage: a changed byte costs its block, is told once by code, and the rest is read', async () => {
  const rig = createRig();
  const first = rig.open();
  for (let second = 0; second < 500; second += 1) give(first, START + second * 1000, Math.sqrt(second));
  await first.flush();
  const raw = rig.collection('series-raw');
  const [key = ''] = [...raw.keys()];
  const bytes = raw.get(key) as Uint8Array;
  bytes[bytes.length - 5] = (bytes[bytes.length - 5] ?? 0) ^ 0xff;
  const second = rig.open();
  await second.load();
  const { times } = await second.samples(name('rss'), 0, 1e14);
  expect(times.length).toBeGreaterThan(200);
  expect(times.length).toBeLessThan(500);
  await second.samples(name('rss'), 0, 1e14);
  expect(second.figures().damagedBlocks).toBe(1);
  expect(rig.told.filter((text) => text.includes('DN_CORE_SERIES_DAMAGED'))).toHaveLength(1);
  raw.set(key, { not: 'bytes' });
  expect((await second.samples(name('rss'), 0, 1e14)).times).toHaveLength(0);
});

test('memory: while the store takes nothing no more waits than may, the oldest is lost and counted', async () => {
  const rig = createRig({ waitingBytes: 20_000 });
  const history = rig.open();
  await history.load();
  rig.state.isBroken = true;
  for (let second = 0; second < 20_000; second += 1) give(history, START + second * 1000, Math.sqrt(second));
  const { lost, waitingBytes } = history.figures();
  expect(lost).toBeGreaterThan(10_000);
  expect(waitingBytes).toBeLessThanOrEqual(20_000);
  rig.state.isBroken = false;
  await history.flush();
  expect((await history.samples(name('rss'), 0, 1e14)).times).toHaveLength(20_000 - lost);
});

test('memory: without a store the newest are kept up to the limit', async () => {
  const clock = createFakeClock(START);
  const history = createSeriesHistory({ clock, publish: () => undefined, settings: { memoryBytes: 20_000 } });
  for (let second = 0; second < 20_000; second += 1) give(history, START + second * 1000, Math.sqrt(second));
  expect(history.figures().memoryBytes).toBeLessThanOrEqual(20_000);
  const points = history.points(name('rss'), 0, 1e14);
  expect(points.length).toBeGreaterThan(1000);
  expect(points.at(-1)).toEqual({ at: START + 19_999_000, value: Math.sqrt(19_999) });
  await history.flush();
  await history.stop();
});

test('list: names, first and newest value, also of what was stored by an earlier run', async () => {
  const rig = createRig();
  const first = rig.open();
  give(first, START, 1, 'b');
  give(first, START + 1000, 2, 'b');
  give(first, START, 5, 'a');
  await first.flush();
  const second = rig.open();
  await second.load();
  expect(second.list({ subject: 'api' })).toEqual([
    { ...name('a'), firstAt: START, lastAt: START, lastValue: 5 },
    { ...name('b'), firstAt: START, lastAt: START + 1000, lastValue: 2 },
  ]);
  expect(second.list({ metric: 'a' })).toHaveLength(1);
  expect(second.list({ kind: 'score' })).toEqual([]);
});

test('flush: tells until when everything is stored', async () => {
  const rig = createRig();
  const history = rig.open();
  const until: number[] = [];
  const stop = history.onFlushed((beforeMs) => until.push(beforeMs));
  await rig.clock.advance(1234);
  await history.flush();
  stop();
  await history.flush();
  expect(until).toEqual([1234]);
});
