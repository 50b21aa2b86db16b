import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createAlertRecords } from '../../../src/alert-delivery/dispatch/alert-records.js';
import type { DispatchGroup } from '../../../src/alert-delivery/dispatch/dispatch-group.js';
import { createDispatcher } from '../../../src/alert-delivery/dispatch/dispatcher.js';
import { createRouteTree } from '../../../src/alert-delivery/routes/route-tree.js';

const START = 1_700_000_000_000;
const LARGE = 10_000;
const nobody = () => false;

/** One group that is looked at each second, and when it was handed over (ms after the start). */
function createScene(size: number) {
  const clock = createFakeClock(START);
  const begin = clock.monotonic();
  const handed: { at: number; group: DispatchGroup }[] = [];
  const dispatcher = createDispatcher({
    clock,
    root: createRouteTree({
      receiver: 'team',
      groupBy: ['alertname'],
      groupWaitMs: 0,
      groupIntervalMs: 1000,
    }),
    notBeforeMs: () => 0,
    onReady: (group) => {
      group.state = 'telling';
      handed.push({ at: clock.monotonic() - begin, group });
    },
  });
  const book = createAlertRecords();
  const post = (first: number, count: number) =>
    book.post(
      Array.from({ length: count }, (_, index) => ({
        labels: { alertname: 'Down', id: String(first + index) },
      })),
      {
        now: clock.now(),
        resolveTimeoutMs: 3_600_000,
        onTaken: (record) => dispatcher.place(record),
      },
    );
  dispatcher.start();
  post(0, size);
  const finish = () => {
    const last = handed.at(-1);
    if (last) dispatcher.finish(last.group, nobody);
  };
  let next = size;
  /** Ten alerts a second join it. @param forMs A multiple of 100. */
  const grow = async (forMs: number) => {
    for (let passedMs = 0; passedMs < forMs; passedMs += 100) {
      post(next, 1);
      next += 1;
      await clock.advance(100);
    }
  };
  return { clock, dispatcher, finish, grow, post, times: () => handed.map(({ at }) => at) };
}

test('dispatcher: a small group whose tick passed while it was told is told again at once', async () => {
  const { clock, finish, times } = createScene(LARGE - 1);
  await clock.advance(1500);
  finish();
  expect(times()).toEqual([0, 1500]);
});

test('dispatcher: a large group that grows rests twice as long as its telling took', async () => {
  const { finish, grow, times } = createScene(LARGE);
  await grow(1500);
  finish();
  await grow(2900);
  expect(times()).toEqual([0]);
  await grow(100);
  expect(times()).toEqual([0, 4500]);
});

test('dispatcher: a large group rests no longer when nothing joined it for half a second', async () => {
  const { clock, finish, grow, times } = createScene(LARGE);
  await clock.advance(1500);
  finish();
  expect(times()).toEqual([0, 1500]);
  await clock.advance(1500);
  await grow(100);
  finish();
  await grow(400);
  await clock.advance(399);
  expect(times()).toEqual([0, 1500]);
  await clock.advance(1);
  expect(times()).toEqual([0, 1500, 3900]);
});

test('dispatcher: a large group that is told quickly keeps to its ticks', async () => {
  const { finish, grow, times } = createScene(LARGE);
  await grow(100);
  finish();
  await grow(800);
  expect(times()).toEqual([0]);
  await grow(100);
  expect(times()).toEqual([0, 1000]);
});

test('dispatcher: a tick that falls into the rest of a large group is put off to its end', async () => {
  const { finish, grow, times } = createScene(LARGE);
  await grow(600);
  finish();
  await grow(1100);
  expect(times()).toEqual([0]);
  await grow(100);
  expect(times()).toEqual([0, 1800]);
});

test('dispatcher: however long its telling took, a large group rests for ten intervals at the most', async () => {
  const { finish, grow, times } = createScene(LARGE);
  await grow(60_000);
  finish();
  await grow(9900);
  expect(times()).toEqual([0]);
  await grow(100);
  expect(times()).toEqual([0, 70_000]);
});

test('dispatcher: a group that became small again rests no longer', async () => {
  const { clock, dispatcher, finish, times, post } = createScene(LARGE);
  const [group] = dispatcher.groups();
  await clock.advance(1500);
  if (group) dispatcher.finish(group, () => true);
  expect(group?.members).toEqual([]);
  expect(times()).toEqual([0]);
  post(LARGE, 1);
  await clock.advance(500);
  expect(times()).toEqual([0, 2000]);
  finish();
});
