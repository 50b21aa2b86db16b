import { expect, test } from 'vitest';
import { createRig } from './support.js';

/** A tap that opens a handle per series and writes down what it is given. */
function createTap() {
  const opened: string[] = [];
  const taken: [series: string, value: number, at: number][] = [];
  const over = new Set<string>();
  const full = new Set<string>();
  return {
    opened,
    taken,
    over,
    full,
    open: (subsystem: string, metric: string) => {
      const series = `${subsystem}/${metric}`;
      opened.push(series);
      return full.has(series) ? undefined : { series };
    },
    take: ({ series }: { series: string }, value: number, at: number) => {
      if (over.delete(series)) return false;
      taken.push([series, value, at]);
      return true;
    },
  };
}

test('sample taps: a series is opened once, again when its handle is over, and at each sample while there is no place', () => {
  const { engine } = createRig();
  const tap = createTap();
  engine.addTap(tap);
  engine.register('a', {});
  tap.full.add('a/y');
  for (const value of [1, 2])
    engine.heartbeat({ subsystem: 'a', status: 'ok', metrics: { x: value, y: value } });
  expect(tap.opened).toEqual(['a/x', 'a/y', 'a/y']);
  tap.over.add('a/x');
  tap.full.clear();
  engine.heartbeat({ subsystem: 'a', status: 'ok', metrics: { y: 3, x: 3 } });
  expect(tap.opened).toEqual(['a/x', 'a/y', 'a/y', 'a/y', 'a/x']);
  expect(tap.taken.map(([series, value]) => `${series} ${value}`)).toEqual([
    'a/x 1',
    'a/x 2',
    'a/y 3',
    'a/x 3',
  ]);
});

test('sample taps: metrics in columns are taken like those of a report, and instead of them', () => {
  const { engine } = createRig();
  const tap = createTap();
  engine.addTap(tap);
  engine.register('a', {});
  const columns = { names: ['x', 'bad', 'beyond'], values: [-0, Number.NaN, 7], count: 2 };
  const outcome = engine.heartbeat({ subsystem: 'a', status: 'ok', metrics: { z: 1 } }, columns);
  expect(outcome).toEqual({ accepted: true, droppedMetrics: 1 });
  expect(tap.taken).toEqual([['a/x', 0, expect.any(Number)]]);
  expect(engine.freshSamples('a').map(({ metric }) => metric)).toEqual(['x']);
});

test('sample taps: one that throws is counted, and whoever reports while being told of a sample harms no other', () => {
  const { engine } = createRig();
  const tap = createTap();
  engine.addTap({
    open: () => ({}),
    take: () => {
      throw new Error('broken');
    },
  });
  engine.addTap(tap);
  engine.register('a', {});
  engine.register('b', {});
  engine.onSample(({ subsystem, metric, value }) => {
    if (subsystem === 'a')
      engine.heartbeat({ subsystem: 'b', status: 'ok', metrics: { other: 9, [metric]: value } });
  });
  engine.heartbeat({ subsystem: 'a', status: 'ok', metrics: { x: 1, y: 2 } });
  expect(tap.taken.map(([series, value]) => `${series} ${value}`)).toEqual([
    'a/x 1',
    'b/other 9',
    'b/x 1',
    'a/y 2',
    'b/other 9',
    'b/y 2',
  ]);
  expect(engine.refused().listener_failed).toBe(6);
});

test('sample taps: a sample has the time its report tells, else that of its arrival, else now', () => {
  const { engine, clock } = createRig();
  const tap = createTap();
  engine.addTap(tap);
  engine.register('a', {});
  const now = clock.now();
  const metrics = { x: 1 };
  // The first of a kind and a repeated one go different ways.
  for (const _ of [1, 2]) engine.heartbeat({ subsystem: 'a', status: 'ok', metrics }, undefined, now - 3);
  engine.heartbeat({ subsystem: 'a', status: 'ok' }, { names: ['x'], values: [1], count: 1 }, now - 2);
  engine.heartbeat({ subsystem: 'a', status: 'ok', metrics });
  engine.heartbeat({ subsystem: 'a', status: 'ok', metrics, at: now - 1 }, undefined, now - 9);
  expect(tap.taken.map(([, , at]) => at - now)).toEqual([-3, -3, -2, 0, -1]);
});
