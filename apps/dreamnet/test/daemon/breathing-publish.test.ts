import type { PublishEvent } from '@dreamnet/contracts';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createBreathingPublish } from '../../src/daemon/breathing-publish.js';

test('breathing: events come a moment later, in order, with the time they happened', async () => {
  const clock = createFakeClock(1000);
  const told: unknown[] = [];
  const record: PublishEvent = (type, subject, _data, ...at) => told.push([type, subject, ...at]);
  const publish = createBreathingPublish(clock, record);
  publish('health.scored', 'first', {
    globalHealth: { infraHealth: 1, economyHealth: 1, socialHealth: 1, dreamPipelineHealth: 1 },
  });
  await clock.advance(1);
  publish('config.applied', 'second', { changes: [] });
  expect(told).toEqual([]);
  await clock.advance(10);
  expect(told).toEqual([
    ['health.scored', 'first', 1000],
    ['config.applied', 'second', 1001],
  ]);
  expect(clock.pendingTimers).toBe(0);
});

test('breathing: of very many some are told at a time, in order, and none is left', async () => {
  const clock = createFakeClock(1000);
  const told: string[] = [];
  const publish = createBreathingPublish(clock, (_type, subject) => told.push(subject));
  const names = Array.from({ length: 100 }, (_, number) => String(number));
  for (const name of names) publish('config.applied', name, { changes: [] });
  await clock.advance(4);
  expect(told.length).toBeLessThanOrEqual(names.length);
  publish('config.applied', 'later', { changes: [] });
  await clock.advance(10);
  expect(told).toEqual([...names, 'later']);
  expect(clock.pendingTimers).toBe(0);
});
