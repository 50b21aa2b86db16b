import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createStormRoom, STORM } from '../../src/alertmanager/storm-room.js';

const GROWS = '--semi-space-growth-factor=2';
const STAYS = '--semi-space-growth-factor=1';

test('storm room: young objects get room at once when many messages come, until a second without them', async () => {
  const clock = createFakeClock();
  const flags: string[] = [];
  const room = createStormRoom(clock, (flag) => flags.push(flag));
  for (let message = 1; message < STORM; message += 1) room.note();
  expect(flags).toEqual([]);
  room.note();
  expect(flags).toEqual([GROWS]);
  await clock.advance(1000);
  room.note(STORM);
  await clock.advance(1000);
  expect(flags).toEqual([GROWS]);
  await clock.advance(1000);
  expect(flags).toEqual([GROWS, STAYS]);
});

test('storm room: few messages a second are no storm, however long, and without any no timer runs', async () => {
  const clock = createFakeClock();
  const flags: string[] = [];
  const room = createStormRoom(clock, (flag) => flags.push(flag));
  for (let second = 0; second < 10; second += 1) {
    room.note(STORM - 1);
    await clock.advance(1000);
  }
  expect(flags).toEqual([]);
  await clock.advance(2000);
  expect(clock.pendingTimers).toBe(0);
  room.note(STORM);
  room.stop();
  expect(clock.pendingTimers).toBe(0);
});
