import type { SupervisedPhase } from '@dreamnet/contracts';
import { step } from '@dreamnet/kit';
import { expect, test } from 'vitest';
import type { LifecycleEvent } from '../src/index.js';
import { LIFECYCLE } from '../src/index.js';

// Every cell, decided by hand: `.` is refused.
const MATRIX = `
           launch    adopt    spawned  restart   back_off  give_up  finish  hold     due       stop      gone
  idle     starting  running  .        starting  backoff   broken   exited  waiting  .         stopping  .
  waiting  starting  .        .        .         backoff   broken   exited  .        starting  stopping  .
  starting .         .        running  .         backoff   broken   exited  waiting  .         stopping  .
  running  .         .        .        starting  backoff   broken   exited  waiting  .         stopping  .
  stopping .         .        .        .         .         .        .       .        .         .         idle
  backoff  starting  .        .        .         .         .        .       waiting  starting  stopping  .
  broken   starting  .        .        .         .         .        .       waiting  starting  stopping  .
  exited   starting  .        .        .         .         .        .       waiting  .         stopping  .
`;
const [head = [], ...rows] = MATRIX.trim()
  .split('\n')
  .map((line) => line.trim().split(/\s+/));
const cells = rows.flatMap(([phase = '', ...targets]) =>
  targets.map((target, at) => [phase, head[at] ?? '', target] as const),
);

test('lifecycle: the matrix of this test has every phase and every event', () => {
  expect(cells.length).toBe(Object.keys(LIFECYCLE).length * head.length);
  expect(rows.map(([phase]) => phase).sort()).toEqual(Object.keys(LIFECYCLE).sort());
});

test.each(cells)('lifecycle: %s × %s → %s', (phase, event, target) => {
  const outcome = step(LIFECYCLE, phase as SupervisedPhase, event as LifecycleEvent);
  expect(outcome.ok ? outcome.to : '.').toBe(target);
});
