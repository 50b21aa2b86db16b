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
