import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createSilenceDesk } from '../../../src/alert-delivery/silences/silence-desk.js';

const HOUR_MS = 3_600_000;

test('silence list: in the order of the states that it shows, so one between two of its windows is not among the active', async () => {
  const clock = createFakeClock(Date.UTC(2026, 10, 16, 12));
  const desk = createSilenceDesk({ clock });
  const set = (
    comment: string,
    more: { hours: number; from?: number; windows?: { start: number; end: number } },
  ) =>
    desk.set({
      matchers: [{ name: 'job', value: comment, isEqual: true, isRegex: false }],
      startsAt: clock.now() + (more.from ?? 0) * HOUR_MS,
      endsAt: clock.now() + more.hours * HOUR_MS,
      createdBy: 'ops',
      comment,
      ...(more.windows && { windows: [{ times: [more.windows] }] }),
    });
  await set('at night, for long', { hours: 720, windows: { start: 22 * 60, end: 24 * 60 } });
  await set('at noon, for a day', { hours: 24, windows: { start: 12 * 60, end: 13 * 60 } });
  await set('now, for two hours', { hours: 2 });
  await set('tomorrow', { hours: 36, from: 24 });
  const listed = desk.list().map((silence) => `${desk.stateOf(silence)}: ${silence.comment}`);
  expect(listed).toEqual([
    'active: at noon, for a day',
    'active: now, for two hours',
    'pending: at night, for long',
    'pending: tomorrow',
  ]);
});
