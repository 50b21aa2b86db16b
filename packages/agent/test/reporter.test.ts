import type { HealthReport } from '@dreamnet/contracts';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import type { Delivery } from '../src/pacing.js';
import { nextReportMs } from '../src/pacing.js';
import { createReporter } from '../src/reporter.js';
import { createWork } from '../src/work.js';

const TAKEN: Delivery = { is: 'taken' };
const AWAY: Delivery = { is: 'unreachable', why: 'connection refused' };

function prepare(deliver: (report: HealthReport) => Promise<Delivery>) {
  const clock = createFakeClock();
  const sentMs: number[] = [];
  const changes: (string | undefined)[] = [];
  const lost: HealthReport[] = [];
  const unfit: string[] = [];
  const reporter = createReporter({
    clock,
    everyMs: 5000,
    next: () => ({ subsystem: 'a', status: 'ok', seq: sentMs.push(clock.monotonic()) }),
    deliver,
    onFailed: (report) => lost.push(report),
    onUnfit: (_report, why) => unfit.push(why),
    onChange: (why) => changes.push(why),
    random: () => 0,
  });
  return { clock, reporter, sentMs, changes, lost, unfit };
}

test('reporter: reports at once, then on the beat', async () => {
  const { clock, reporter, sentMs } = prepare(async () => TAKEN);
  reporter.start();
  await clock.advance(10_000);
  expect(sentMs).toEqual([0, 5000, 10_000]);
});

test('reporter: news is told at once, but not more often than each second', async () => {
  const { clock, reporter, sentMs } = prepare(async () => TAKEN);
  reporter.start();
  await clock.advance(3000);
  for (let index = 0; index < 5; index += 1) {
    reporter.soon();
    await clock.advance(100);
  }
  await clock.advance(1000);
  expect(sentMs).toEqual([0, 3000, 4000]);
});

test('reporter: without a daemon it backs off to five seconds, says so once, and recovers', async () => {
  let isThere = false;
  const { clock, reporter, sentMs, changes, lost } = prepare(async () => (isThere ? TAKEN : AWAY));
  reporter.start();
  await clock.advance(30_000);
  const gaps = sentMs.slice(1).map((at, index) => at - (sentMs[index] ?? 0));
  expect(gaps).toEqual([500, 1000, 2000, 4000, 5000, 5000, 5000, 5000]);
  expect(changes).toEqual(['connection refused']);
  expect(lost).toHaveLength(sentMs.length);
  isThere = true;
  await clock.advance(5000);
  expect(changes).toEqual(['connection refused', undefined]);
  expect(reporter.counts.lastError).toBeUndefined();
});

test('reporter: the first refusal after a long absence is tried again at once, for it may be one of a start', async () => {
  let answer: Delivery = AWAY;
  const { clock, reporter, sentMs } = prepare(async () => answer);
  reporter.start();
  await clock.advance(600_000);
  answer = { is: 'refused', why: 'the daemon answered 404' };
  await clock.advance(5000);
  answer = TAKEN;
  const before = sentMs.length;
  await clock.advance(1000);
  expect(sentMs.length).toBeGreaterThan(before);
  expect(reporter.counts.lastError).toBeUndefined();
});

test('reporter: news does not hurry one whose daemon is away', async () => {
  const { clock, reporter, sentMs } = prepare(async () => AWAY);
  reporter.start();
  await clock.advance(400);
  reporter.soon();
  await clock.advance(50);
  expect(sentMs).toEqual([0]);
});

test('reporter: there is never more than one report under way', async () => {
  let open = 0;
  let most = 0;
  const { clock, reporter } = prepare(
    () =>
      new Promise((resolve) => {
        open += 1;
        most = Math.max(most, open);
        clock.setTimeout(() => {
          open -= 1;
          resolve(TAKEN);
        }, 7000);
      }),
  );
  reporter.start();
  for (let index = 0; index < 20; index += 1) {
    reporter.soon();
    await clock.advance(1000);
  }
  expect(most).toBe(1);
});

test('reporter: after stop nothing is sent', async () => {
  const { clock, reporter, sentMs } = prepare(async () => TAKEN);
  reporter.start();
  await clock.advance(1);
  reporter.stop();
  reporter.soon();
  await clock.advance(60_000);
  expect(sentMs).toEqual([0]);
});

test('pacing: chance halves a wait at most; a refusal may be a daemon that starts, later a minute is soon enough', () => {
  const failed = { everyMs: 5000, failures: 3 };
  expect(nextReportMs(AWAY, { ...failed, random: 1 })).toBe(1000);
  expect(nextReportMs(AWAY, { ...failed, random: 0 })).toBe(2000);
  const refused: Delivery = { is: 'refused', why: '404' };
  expect(nextReportMs(refused, { everyMs: 5000, failures: 1, random: 0 })).toBe(500);
  expect(nextReportMs(refused, { everyMs: 5000, failures: 20, random: 0 })).toBe(60_000);
});

test('reporter: what may be over by then is told within a second if it still is so, and else waits for the beat', async () => {
  const { clock, reporter, sentMs } = prepare(async () => TAKEN);
  reporter.start();
  await clock.advance(200);
  reporter.soonIf(() => true);
  reporter.soonIf(() => true);
  await clock.advance(800);
  expect(sentMs).toEqual([0, 1000]);
  reporter.soonIf(() => false);
  await clock.advance(4999);
  expect(sentMs).toEqual([0, 1000]);
  await clock.advance(1);
  expect(sentMs).toEqual([0, 1000, 6000]);
});

test('reporter: work that comes and goes all the time costs one report a beat more at most', async () => {
  const clock = createFakeClock();
  const told: (number | undefined)[] = [];
  const work = createWork(clock, () => reporter.soonIf(() => work.isIdleUntold));
  const reporter = createReporter({
    ...{ clock, everyMs: 5000, onFailed: () => undefined, onUnfit: () => undefined },
    ...{ onChange: () => undefined, random: () => 0 },
    next: () => work.report('a'),
    deliver: async (report) => {
      told.push(report.inFlight);
      return TAKEN;
    },
  });
  work.begin();
  reporter.start();
  for (let at = 0; at < 50_000; at += 14) {
    work.end();
    await clock.advance(7);
    work.begin();
    await clock.advance(7);
  }
  expect(told.length).toBeGreaterThanOrEqual(10);
  expect(told.length).toBeLessThanOrEqual(21);
});

test('reporter: what comes up while a report is on its way is told after it', async () => {
  let arrive: (delivery: Delivery) => void = () => undefined;
  const { clock, reporter, sentMs } = prepare(
    () =>
      new Promise((resolve) => {
        arrive = resolve;
      }),
  );
  reporter.start();
  reporter.soonIf(() => true);
  await clock.advance(1500);
  arrive(TAKEN);
  await clock.advance(0);
  expect(sentMs).toEqual([0, 1500]);
});

test('reporter: one that was stopped tells nothing any more', async () => {
  const { clock, reporter, sentMs } = prepare(async () => TAKEN);
  reporter.start();
  await clock.advance(100);
  reporter.soonIf(() => true);
  reporter.stop();
  await clock.advance(60_000);
  expect(sentMs).toEqual([0]);
});

test('reporter: what the daemon does not take is not kept for the next report, which comes at once', async () => {
  const answers: Delivery[] = [{ is: 'unfit', why: 'metrics' }, TAKEN];
  const { clock, reporter, sentMs, changes, lost, unfit } = prepare(async () => answers.shift() ?? TAKEN);
  reporter.start();
  await clock.advance(499);
  expect(reporter.counts).toEqual({ sent: 0, failed: 1, lastError: 'metrics' });
  await clock.advance(1);
  expect([sentMs, lost, unfit, changes]).toEqual([[0, 500], [], ['metrics'], []]);
  expect(reporter.counts).toEqual({ sent: 1, failed: 1, lastError: undefined });
});

test('reporter: that a daemon which was away refuses now is said, too', async () => {
  const answers: Delivery[] = [AWAY, AWAY, { is: 'refused', why: '401' }, { is: 'refused', why: '401' }];
  const { clock, reporter, changes } = prepare(async () => answers.shift() ?? TAKEN);
  reporter.start();
  await clock.advance(10_000);
  expect(changes).toEqual(['connection refused', '401', undefined]);
});

test('reporter: a report that cannot be sent at all ends neither the agent nor the reports', async () => {
  let count = 0;
  const { clock, reporter, unfit } = prepare(async () => {
    count += 1;
    if (count === 1) throw new TypeError('Invalid character in header');
    return TAKEN;
  });
  reporter.start();
  await clock.advance(1000);
  expect(unfit).toEqual(['Invalid character in header']);
  expect(reporter.counts).toEqual({ sent: 1, failed: 1, lastError: undefined });
});
