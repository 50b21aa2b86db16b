import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createCallCounter } from '../../../src/daemon/replicas/call-counter.js';

test('calls: those under way are counted by who works on them, and an end counts once', () => {
  const counter = createCallCounter(createFakeClock());
  const over = counter.begin('web#1');
  counter.begin('web#1');
  counter.begin('web#2');
  over();
  over();
  expect([counter.inFlight('web#1'), counter.inFlight('web#2'), counter.inFlight('web#3')]).toEqual([
    1, 1, 0,
  ]);
});

test('calls: the mean is over the time since it was asked for, each asker by himself', async () => {
  const clock = createFakeClock();
  const counter = createCallCounter(clock);
  expect(counter.mean('web', 'a')).toBe(0);
  const over = counter.begin('web');
  await clock.advance(1000);
  over();
  await clock.advance(3000);
  expect(counter.mean('web', 'a')).toBe(0.25);
  expect(counter.mean('web', 'b')).toBe(0);
  counter.begin('web');
  await clock.advance(1000);
  expect([counter.mean('web', 'a'), counter.mean('web', 'b')]).toEqual([1, 1]);
});

test('calls: how long ago the last begin or end of any process of an agent was is known, whatever is done to the clock', async () => {
  const clock = createFakeClock();
  const counter = createCallCounter(clock);
  expect(counter.sinceLastMs('web')).toBe(Number.POSITIVE_INFINITY);
  const over = counter.begin('web#2');
  await clock.advance(500);
  over();
  clock.jump(-3_600_000);
  await clock.advance(2000);
  expect(counter.sinceLastMs('web')).toBe(2000);
});
