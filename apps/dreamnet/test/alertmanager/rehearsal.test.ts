import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { rehearse } from '../../src/alertmanager/rehearsal.js';

const config = (receiver: string, told: unknown[]) => ({
  route: { receiver, groupBy: ['...'], groupWaitMs: 0 },
  inhibitRules: [],
  timeIntervals: {},
  receivers: { hook: [{ name: 'w', notify: async (message: unknown) => void told.push(message) }] },
});

test('rehearsal: nobody is told of it, and nothing of it goes on', async () => {
  const clock = createFakeClock();
  const told: unknown[] = [];
  rehearse(clock, config('hook', told));
  await clock.advance(3_600_000);
  expect(told).toEqual([]);
  expect(clock.pendingTimers).toBe(0);
});

test('rehearsal: a configuration that cannot be is refused as at the start itself', () => {
  expect(() => rehearse(createFakeClock(), config('nobody', []))).toThrow(/nobody/);
});
