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
