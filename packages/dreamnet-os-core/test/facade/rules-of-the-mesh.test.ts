import type { Notification } from '@dreamnet/contracts';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createDreamNetOSCore } from '../../src/facade/dreamnet-os-core.js';
import type { AlertRule } from '../../src/heartbeat-alerts/rules/alert-rule.js';

/** A core with one rule and one receiver: reports go in, messages come out. */
async function rigOf(rule: AlertRule) {
  const clock = createFakeClock(Date.UTC(2026, 10, 21, 12));
  const told: string[] = [];
  const notify = async ({ status, alerts }: Notification) => {
    for (const { labels, annotations } of alerts)
      if (labels.rule === rule.name) told.push(`${status}: ${annotations.summary}`);
  };
  const core = createDreamNetOSCore({
    clock,
    policy: { default: 'off' },
    rules: [rule],
    delivery: {
      route: { receiver: 'ops', groupBy: ['alertname'], groupWaitMs: 0, groupIntervalMs: 1000 },
      inhibitRules: [],
      timeIntervals: {},
      receivers: { ops: [{ name: 'hook', notify }] },
    },
  });
  core.watch('db', {});
  await core.start();
  const report = async (metric: string, value: number, thenMs: number) => {
    core.heartbeat({ subsystem: 'db', status: 'ok', metrics: { [metric]: value } });
    await clock.advance(thenMs);
  };
  return { clock, core, told, report };
}

/** Noise that is the same each time: a sawtooth of odd steps, -1..1. */
function wobble(index: number): number {
  return ((index * 37) % 21) / 10 - 1;
}

test('rules: a value unlike all before is an anomaly, told once with the value, and over by itself', async () => {
  const { core, told, report } = await rigOf({
    name: 'odd-latency',
    trigger: { on: 'anomaly', metric: 'latency', when: { operator: '>=', threshold: 0.5 } },
    severity: 'warning',
  });
  for (let second = 0; second < 600; second += 1) await report('latency', 20 + wobble(second), 1000);
  expect(told).toEqual([]);
  await report('latency', 400, 1000);
  expect(told).toEqual([
    expect.stringMatching(
      /^firing: db: latency is unusual, its value is 400: .+ \(anomaly score 0\.\d+, at or above 0\.5\)$/,
    ),
  ]);
  for (let second = 0; second < 310; second += 1) await report('latency', 20 + wobble(second), 1000);
  expect(told.map((text) => text.slice(0, 8))).toEqual(['firing: ', 'resolved']);
  await core.stop();
});

test('rules: a disk that fills up is told hours before it is full, with the forecast', async () => {
  const { core, told, report } = await rigOf({
    name: 'filling',
    trigger: { on: 'trend', metric: 'disk', direction: 'rising', level: 95, crossesWithinMs: 6 * 3_600_000 },
    severity: 'warning',
  });
  // Two hours without a trend, then 12 an hour: from 50 it is over 95 in about four hours.
  for (let minute = 0; minute < 120; minute += 1) await report('disk', 50 + wobble(minute), 60_000);
  expect(told).toEqual([]);
  for (let minute = 0; minute < 45; minute += 1)
    await report('disk', 50 + minute / 5 + wobble(minute), 60_000);
  expect(told).toEqual([expect.stringMatching(/^firing: db: disk is rising, \d.* an hour, crosses in \dh/)]);
  await core.stop();
});

test('rules: a domain whose score goes down steadily is told before it is low', async () => {
  const { core, clock, told } = await rigOf({
    name: 'going-down',
    trigger: { on: 'trend', direction: 'falling', level: 0.6, crossesWithinMs: 12 * 3_600_000 },
    select: { domain: 'economy' },
    severity: 'info',
  });
  core.watch('ledger', {
    manifest: {
      domain: 'economy',
      indicators: [{ metric: 'minted', factor: 'tokenEconomics', good: 100, bad: 0 }],
    },
  });
  for (let minute = 0; minute < 40; minute += 1) {
    core.heartbeat({ subsystem: 'ledger', status: 'ok', metrics: { minted: 100 - minute } });
    await clock.advance(60_000);
  }
  expect(told[0]).toMatch(/^firing: economy: the score is falling, -0\.\d+ an hour, crosses in/);
  await core.stop();
});
