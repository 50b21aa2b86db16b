import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { StartQueue } from '../../src/spawn/start-queue.js';

function queueWith(limit: number, isBusy: (pid: number) => boolean = () => true) {
  const clock = createFakeClock();
  const queue = new StartQueue({ clock, limit, isBusy });
  const started: string[] = [];
  const enqueue = (name: string, isUrgent = false) =>
    queue.enqueue(async () => started.push(name), { isUrgent, isBlocking: () => true });
  return { clock, queue, started, enqueue };
}

test('start queue: no more than the limit start up at once, the rest follows', async () => {
  const { clock, started, enqueue } = queueWith(2);
  for (const name of ['a', 'b', 'c', 'd']) enqueue(name);
  expect(started).toEqual([]);
  await clock.advance(0);
  expect(started).toEqual(['a', 'b']);
  await clock.advance(100);
  expect(started).toEqual(['a', 'b', 'c', 'd']);
});

test('start queue: a crash restart goes before waiting starts and needs no place', async () => {
  const { clock, started, enqueue } = queueWith(1);
  enqueue('a');
  enqueue('b');
  enqueue('crashed', true);
  await clock.advance(0);
  expect(started).toEqual(['crashed']);
  await clock.advance(300);
  expect(started).toEqual(['crashed', 'a', 'b']);
});

test('start queue: one turn of the loop is taken once', async () => {
  const { queue } = queueWith(4);
  expect(queue.takeTurn(true)).toBe(true);
  expect(queue.takeTurn(true)).toBe(false);
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  expect(queue.takeTurn(true)).toBe(true);
});

test('start queue: a start that does not block uses no turn', () => {
  const { queue } = queueWith(4);
  expect(queue.takeTurn(true)).toBe(true);
  expect(queue.takeTurn(false)).toBe(true);
  expect(queue.takeTurn(true)).toBe(false);
});

test('start queue: a cancelled start does not happen', async () => {
  const { clock, started, enqueue } = queueWith(1);
  enqueue('a').cancel();
  enqueue('b');
  await clock.advance(200);
  expect(started).toEqual(['b']);
});

test('start queue: a place is free as soon as the process was seen to wait twice, not after its whole time', async () => {
  const busy = new Set([1]);
  const { clock, started, enqueue } = queueWith(1, (pid) => busy.has(pid));
  for (const name of ['a', 'b', 'c']) enqueue(name);
  await clock.advance(10);
  expect(started).toEqual(['a']);
  busy.clear();
  await clock.advance(4);
  expect(started).toEqual(['a', 'b']);
  await clock.advance(4);
  expect(started).toEqual(['a', 'b', 'c']);
});

test('start queue: a process that waits only now and then while it loads keeps its place', async () => {
  let look = 0;
  const { clock, started, enqueue } = queueWith(1, () => {
    look += 1;
    return look % 2 === 0;
  });
  enqueue('a');
  enqueue('b');
  await clock.advance(90);
  expect(started).toEqual(['a']);
  await clock.advance(10);
  expect(started).toEqual(['a', 'b']);
});
