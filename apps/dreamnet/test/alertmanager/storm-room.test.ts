import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createStormRoom, STORM } from '../../src/alertmanager/storm-room.js';

const GROWS = '--semi-space-growth-factor=2';
const STAYS = '--semi-space-growth-factor=1';

test('storm room: young objects get room at once when many messages come, until a while without them', async () => {
  const clock = createFakeClock();
  const flags: string[] = [];
  const room = createStormRoom(clock, { setFlags: (flag) => flags.push(flag), collect: () => undefined });
  for (let message = 1; message < STORM; message += 1) room.note();
  expect(flags).toEqual([]);
  room.note();
  expect(flags).toEqual([GROWS]);
  await clock.advance(500);
  room.note(STORM);
  await clock.advance(500);
  expect(flags).toEqual([GROWS]);
  await clock.advance(500);
  expect(flags).toEqual([GROWS, STAYS]);
});

test('storm room: few messages at a time are no storm, however long, and without any no timer runs', async () => {
  const clock = createFakeClock();
  const flags: string[] = [];
  const room = createStormRoom(clock, { setFlags: (flag) => flags.push(flag), collect: () => undefined });
  for (let turn = 0; turn < 10; turn += 1) {
    room.note(STORM - 1);
    await clock.advance(500);
  }
  expect(flags).toEqual([]);
  await clock.advance(2000);
  expect(clock.pendingTimers).toBe(0);
  room.note(STORM);
  room.stop();
  expect(clock.pendingTimers).toBe(0);
});

/** When the heap was collected, which takes `pauseMs` each time. */
function tidied(pauseMs: number) {
  const clock = createFakeClock();
  const at: number[] = [];
  const monotonic = () => clock.monotonic() + at.length * pauseMs;
  const collect = () => void at.push(clock.monotonic());
  return {
    clock,
    at,
    room: createStormRoom({ ...clock, monotonic }, { setFlags: () => undefined, collect }),
  };
}

test('storm room: half a second after many alerts what they left is collected, once', async () => {
  const { clock, at, room } = tidied(0);
  for (let batch = 0; batch < 10; batch += 1) room.take(100);
  await clock.advance(400);
  room.take(1);
  await clock.advance(600);
  expect(at).toEqual([1000]);
  await clock.advance(60_000);
  expect(at).toHaveLength(1);
  expect(clock.pendingTimers).toBe(0);
});

test('storm room: few alerts at a time are not tidied up after', async () => {
  const { clock, at, room } = tidied(0);
  for (let turn = 0; turn < 20; turn += 1) {
    room.take(999);
    await clock.advance(500);
  }
  await clock.advance(2000);
  expect(at).toEqual([]);
});

test('storm room: tidying up takes a fiftieth of the time at most', async () => {
  const { clock, at, room } = tidied(100);
  room.take(1000);
  await clock.advance(1000);
  room.take(1000);
  await clock.advance(20_000);
  expect(at).toEqual([1000, 6000]);
  expect(clock.pendingTimers).toBe(0);
});
