import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { StopLog, type StoredStop } from '../../src/stop/stop-log.js';

function open(resumed?: StoredStop) {
  const clock = createFakeClock();
  const seen: number[] = [];
  const log: StopLog = new StopLog({
    ...{ clock, manner: {}, onStep: () => seen.push(log.steps.length) },
    ...(resumed && { resumed }),
  });
  return { clock, log, seen };
}

test('stop log: a process that leaves at the end of its input is told so, with the time', async () => {
  const { clock, log } = open();
  log.begin('stdin', 1);
  await clock.advance(40);
  log.end(0);
  log.prove();
  expect(log.account()).toMatchObject({
    isProven: true,
    tookMs: 40,
    steps: [{ rung: 'stdin', signal: null, afterMs: 0, tookMs: 40, asked: 1, left: 0 }],
    summary: 'asked over stdin, left after 40 ms',
  });
});

test('stop log: every rung that was needed stands in the sentence', async () => {
  const { clock, log, seen } = open();
  log.begin('stdin', 1);
  await clock.advance(1000);
  log.end(1);
  log.begin('signal', 3);
  await clock.advance(4000);
  log.end(3);
  log.begin('kill', 3);
  await clock.advance(4);
  log.end(0, 5);
  expect(log.account()).toMatchObject({ isProven: false });
  log.prove();
  expect(log.account().summary).toBe(
    'asked over stdin, still there after 1 s; ignored SIGTERM for 4 s; killed: 5 processes ended',
  );
  expect(log.account().steps.map(({ afterMs }) => afterMs)).toEqual([0, 1000, 5000]);
  expect(seen).toEqual([1, 1, 2, 2, 3, 3]);
});

test.each([
  [1, 0, 'SIGTERM, left after 12 ms'],
  [3, 0, 'SIGTERM, all 3 processes left after 12 ms'],
  [3, 2, 'SIGTERM, 2 of 3 processes still there after 12 ms'],
  [3, 3, 'ignored SIGTERM for 12 ms'],
])('stop log: of %d asked with %d left', async (asked, left, summary) => {
  const { clock, log } = open();
  log.begin('signal', asked);
  await clock.advance(12);
  log.end(left);
  expect(log.account().summary).toBe(summary);
});

test('stop log: what will not die is not called proven', () => {
  const { log } = open();
  log.begin('kill', 2);
  log.end(1, 2);
  expect(log.account().summary).toBe(
    'killed: 1 of 2 processes still there after 0 ms; not proven to be gone',
  );
});

test('stop log: in the event of the end the rung under way is told as far as it is', async () => {
  const { clock, log } = open();
  log.begin('signal', 1);
  await clock.advance(7);
  expect(log.account()).toMatchObject({ isProven: false, summary: 'SIGTERM, left after 7 ms' });
});

test('stop log: one that is resumed goes on counting, and does not ask twice', async () => {
  const before = open();
  before.log.begin('signal', 1);
  const { log, clock } = open({
    at: before.clock.now() - 2000,
    untilAt: before.clock.now() + 3000,
    steps: before.log.steps,
  });
  expect([log.wasAsked('signal'), log.wasAsked('stdin')]).toEqual([true, false]);
  log.begin('signal', 1);
  await clock.advance(100);
  log.end(0);
  log.prove();
  expect(log.account()).toMatchObject({
    isResumed: true,
    steps: [{ rung: 'signal', tookMs: 2100, left: 0 }],
    summary: 'begun by the daemon before this one: SIGTERM, left after 2.1 s',
  });
});

test('stop log: an end whose time is known does not count how long nobody looked', () => {
  const before = open();
  before.log.begin('signal', 1);
  const at = before.clock.now() - 60_000;
  const { log } = open({ at, untilAt: at + 5000, steps: before.log.steps });
  log.prove(at + 30);
  expect(log.account()).toMatchObject({ tookMs: 30, steps: [{ tookMs: 30, left: 0 }] });
});
