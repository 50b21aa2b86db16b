import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { type AlertRule, createDreamNetOSCore } from '../../src/index.js';

const MINUTE = 60_000;

/** A started core that hears of `api` every ten seconds. */
async function listening(rules: readonly AlertRule[]) {
  const clock = createFakeClock();
  const core = createDreamNetOSCore({ clock, rules });
  core.watch('api', {
    manifest: {
      domain: 'infra',
      indicators: [{ metric: 'free', factor: 'performance', good: 100, bad: 10 }],
    },
  });
  await core.start();
  let reports = 0;
  const report = async (metrics: Record<string, number>) => {
    core.heartbeat({ subsystem: 'api', status: 'ok', metrics });
    reports += 1;
    await clock.advance(10_000);
  };
  const ruleAlerts = () =>
    core.getActiveAlerts().filter(({ fingerprint }) => fingerprint.startsWith('rule/'));
  return { clock, core, report, ruleAlerts, count: () => reports };
}

test('neural mesh: a rule on a trend is raised while the level will be crossed in time, and over when it turns or falls silent', async () => {
  const rule: AlertRule = {
    name: 'RunningOut',
    trigger: {
      on: 'trend',
      metric: 'free',
      direction: 'falling',
      level: 0,
      crossesWithinMs: 2 * 60 * MINUTE,
    },
    keepFiringForMs: 0,
    severity: 'warning',
  };
  const { core, clock, report, ruleAlerts, count } = await listening([rule]);
  // A steady 90 with noise, then it loses one every minute.
  while (count() < 120) await report({ free: 90 + (count() % 3) });
  expect(ruleAlerts()).toEqual([]);
  while (count() < 420) await report({ free: 90 - (count() - 120) / 6 });
  expect(ruleAlerts()).toMatchObject([{ subsystem: 'api', labels: { rule: 'RunningOut' } }]);
  expect(ruleAlerts()[0]?.message).toMatch(/free is falling, -\d+(\.\d+)? an hour, crosses in/);
  const [trend] = await core.metricTrends({ subject: 'api', metric: 'free', level: 0 });
  expect(trend).toMatchObject({ direction: 'declining', level: 0, isSignificant: true });
  expect(trend?.crossesAt ?? 0).toBeGreaterThan(clock.now());
  // The hour that is looked at, and ten minutes in which it might have come back.
  await clock.advance(75 * MINUTE);
  expect(ruleAlerts()).toEqual([]);
  await core.stop();
});

/** What is used will be this much within six hours. */
const fillsUp = (level: number): AlertRule => ({
  name: 'FillsUp',
  trigger: { on: 'trend', metric: 'used', direction: 'rising', level, crossesWithinMs: 6 * 60 * MINUTE },
  keepFiringForMs: 0,
  severity: 'warning',
});

test('neural mesh: a trend of a metric without a new value for five minutes is unknown to rules, also where it never crossed', async () => {
  const { core, clock, report, ruleAlerts, count } = await listening([fillsUp(100)]);
  while (count() < 180) await report({ used: count() / 6 });
  expect(ruleAlerts()).toHaveLength(1);
  // It lives on, without this metric; the wall clock is no measure of that.
  clock.jump(20 * MINUTE);
  for (const end = count() + 24; count() < end; ) await report({});
  expect(ruleAlerts()).toHaveLength(1);
  for (const end = count() + 14; count() < end; ) await report({});
  expect(ruleAlerts()).toEqual([]);
  await report({ used: 31 });
  for (const end = count() + 6; count() < end; ) await report({});
  expect(ruleAlerts()).toHaveLength(1);
  await core.stop();
});

test('neural mesh: a metric that fell silent before its line reached the level is not forecast to cross in the past', async () => {
  const { core, clock, report, ruleAlerts, count } = await listening([fillsUp(32)]);
  while (count() < 180) await report({ used: count() / 6 });
  expect(ruleAlerts()).toHaveLength(1);
  const asked = () => core.metricTrends({ subject: 'api', metric: 'used', level: 32 });
  expect((await asked())[0]?.crossesAt).toBeGreaterThan(clock.now());
  await clock.advance(4 * MINUTE);
  const [trend] = await asked();
  expect(trend).toMatchObject({ direction: 'rising', level: 32 });
  expect(trend).not.toHaveProperty('crossesAt');
  expect(trend).not.toHaveProperty('crossesBetween');
  expect(ruleAlerts()).toEqual([]);
  await core.stop();
});

test('neural mesh: trends are of scores, statuses and metrics; a metric with a goal improves or declines, another rises or falls', async () => {
  const { core, report, count } = await listening([]);
  while (count() < 120) await report({ free: 100 - count() / 2, requests: count() * 3 });
  const found = new Map(core.detectTrends().map((one) => [one.metric ?? one.subject, one]));
  expect(found.get('free')).toMatchObject({ subject: 'api', direction: 'declining', level: 10 });
  expect(found.get('requests')).toMatchObject({ subject: 'api', direction: 'rising' });
  expect(found.get('infra')).toMatchObject({ direction: 'declining' });
  expect(found.get('economy')).toMatchObject({ direction: 'stable' });
  // Three every ten seconds.
  expect(found.get('requests')?.slopePerHour).toBeCloseTo(1080, 6);
  await core.stop();
});
