import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DreamnetError } from '@dreamnet/kit';
import { createFakeClock } from '@dreamnet/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadFleet } from '../../src/config/load.js';
import { readTimeWindow, readWeeklyWindow } from '../../src/config/time-windows.js';
import { toAlertSettings } from '../../src/daemon/alert-settings.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dreamnet-alerts-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function load(alerts: string) {
  const file = join(folder, 'fleet.yaml');
  writeFileSync(file, `version: 1\nalerts:\n${alerts}`);
  return loadFleet(file, '/usr/bin:/bin');
}

function settings(alerts: string) {
  return toAlertSettings(load(alerts).fleet.alerts, {
    clock: createFakeClock(),
    publish: () => undefined,
    vault: { get: async () => undefined },
    variables: {},
    resolvePath: (path) => path,
  });
}

function refusal(alerts: string): string {
  try {
    load(alerts);
  } catch (thrown) {
    const { code, details, message } = DreamnetError.from(thrown);
    const place = String(details.place ?? '').replace(`${join(folder, 'fleet.yaml')}:`, '');
    return `${code} ${place} ${message}`;
  }
  return 'accepted';
}

test('alerts: every kind of rule is read as it is written', () => {
  const { rules } = settings(`
  rules:
    - { name: A, on: metric, metric: queue.depth, when: '> 100', for: 30s, keepFiringFor: 1m, severity: critical,
        subsystems: 'mail*', domain: infra, match: ['route="/pay"'], type: error, labels: { team: a },
        annotations: { summary: '{{value}}' } }
    - { name: B, on: status, is: error }
    - { name: C, on: axis, axis: progress, is: [stuck] }
    - { name: D, on: score, when: '<0.5', domain: economy }
    - { name: E, on: anomaly }
    - { name: F, on: trend, metric: disk, direction: rising, crosses: 90, within: 6h }
    - { name: G, on: absence, after: 5m, subsystems: [a, b] }
`);
  expect(rules[0]).toEqual({
    name: 'A',
    trigger: { on: 'metric', metric: 'queue.depth', when: { operator: '>', threshold: 100 } },
    select: {
      subsystems: ['mail*'],
      domain: 'infra',
      matchers: [{ name: 'route', value: '/pay', isEqual: true, isRegex: false }],
    },
    forMs: 30_000,
    keepFiringForMs: 60_000,
    severity: 'critical',
    type: 'error',
    labels: { team: 'a' },
    annotations: { summary: '{{value}}' },
  });
  expect(rules.slice(1).map(({ trigger }) => trigger)).toEqual([
    { on: 'status', is: ['error'] },
    { on: 'axis', axis: 'progress', is: ['stuck'] },
    { on: 'score', when: { operator: '<', threshold: 0.5 } },
    { on: 'anomaly', metric: '*', when: { operator: '>=', threshold: 0.5 } },
    { on: 'trend', metric: 'disk', direction: 'rising', level: 90, crossesWithinMs: 21_600_000 },
    { on: 'absence', afterMs: 300_000 },
  ]);
});

test('alerts: receivers, routes, inhibition, intervals and escalation become what the delivery takes', () => {
  const { delivery, escalation } = settings(`
  receivers:
    - { name: ops, webhook: [{ url: 'http://127.0.0.1:9/a' }, { url: { from: env, name: HOOK } }], bus: {} }
    - { name: boss, email: { to: boss@example.org, from: us@example.org, smarthost: 'mail:25' } }
  defaults: { receiver: ops, groupBy: [alertname], groupWait: 0s }
  routes:
    - match: ['severity="critical"']
      receiver: boss
      continue: true
      mute: [nights]
      routes: [{ match: ['team="a"'], receiver: ops, repeatInterval: 1h }]
  inhibit: [{ source: ['severity="critical"'], target: ['severity="warning"'], equal: [subsystem] }]
  timeIntervals: { nights: { times: ['22:00-24:00', '00:00-06:00'], weekdays: ['monday:friday'], location: Europe/Berlin } }
  escalation: [{ match: ['severity="critical"'], steps: [{ after: 15m, receiver: boss }] }]
`);
  expect(delivery.receivers.ops?.map(({ name }) => name)).toEqual(['webhook[0]', 'webhook[1]', 'bus[0]']);
  expect(delivery.route).toMatchObject({ receiver: 'ops', groupBy: ['alertname'], groupWaitMs: 0 });
  expect(delivery.route.routes).toMatchObject([
    {
      receiver: 'boss',
      continues: true,
      muteTimeIntervals: ['nights'],
      routes: [{ receiver: 'ops', repeatIntervalMs: 3_600_000 }],
    },
  ]);
  expect(delivery.timeIntervals.nights).toEqual([
    {
      times: [
        { start: 1320, end: 1440 },
        { start: 0, end: 360 },
      ],
      weekdays: [{ begin: 1, end: 5 }],
      location: 'Europe/Berlin',
    },
  ]);
  expect(delivery.inhibitRules).toMatchObject([{ equal: ['subsystem'] }]);
  expect(escalation).toMatchObject([{ steps: [{ afterMs: 900_000, receiver: 'boss' }] }]);
});

test('alerts: without routes every receiver is told, and without receivers nobody', () => {
  const all = settings('  receivers: [{ name: a, bus: {} }, { name: b, bus: {} }]\n').delivery;
  expect(all.route.routes).toEqual([
    { receiver: 'a', continues: true },
    { receiver: 'b', continues: true },
  ]);
  const none = settings('  rules: []\n').delivery;
  expect(none.receivers[none.route.receiver ?? '']).toEqual([]);
});

test.each([
  [
    'an unknown key',
    "  rules:\n    - { name: A, on: score, when: '> 1', fro: 1m }\n",
    'DN_CONFIG_UNKNOWN_KEY 4:42',
  ],
  [
    'a comparison that is none',
    "  rules:\n    - { name: A, on: score, when: 'high' }\n",
    'DN_CONFIG_WRONG_TYPE 4:35',
  ],
  [
    'a name given twice',
    '  rules:\n    - { name: A, on: anomaly }\n    - { name: A, on: anomaly }\n',
    'DN_CONFIG_DUPLICATE_NAME 5:15',
  ],
  [
    'a state no axis has',
    '  rules:\n    - { name: A, on: axis, axis: liveness, is: [ready] }\n',
    'DN_CONFIG_WRONG_TYPE 4:49',
  ],
  [
    'a placeholder that is none',
    "  rules:\n    - { name: A, on: anomaly, annotations: { summary: '{{vlaue}}' } }\n",
    'DN_CONFIG_WRONG_TYPE 4:55',
  ],
  [
    'a label that says what the alert is',
    '  rules:\n    - { name: A, on: anomaly, labels: { severity: x } }\n',
    'DN_CONFIG_WRONG_TYPE 4:51',
  ],
  [
    'a matcher that cannot be read',
    '  rules:\n    - { name: A, on: anomaly, match: [\'a=~"("\'] }\n',
    'DN_CONFIG_WRONG_TYPE 4:39',
  ],
  [
    'a level without a time',
    '  rules:\n    - { name: A, on: trend, direction: rising, crosses: 5 }\n',
    'DN_CONFIG_WRONG_TYPE 4:7',
  ],
  [
    'a receiver there is not',
    '  receivers: [{ name: a, bus: {} }]\n  routes:\n    - receiver: b\n',
    'DN_CONFIG_WRONG_TYPE 5:17',
  ],
  ['a default receiver there is not', '  defaults: { receiver: b }\n', 'DN_CONFIG_WRONG_TYPE 3:25'],
  ['an interval there is not', '  routes:\n    - mute: [nights]\n', 'DN_CONFIG_WRONG_TYPE 4:14'],
  [
    'a time that ends before it begins',
    "  timeIntervals: { n: { times: ['22:00-06:00'] } }\n",
    'DN_CONFIG_WRONG_TYPE 3:23',
  ],
  [
    'a time zone there is not',
    '  timeIntervals: { n: { location: Mars/Base } }\n',
    'DN_CONFIG_WRONG_TYPE 3:23',
  ],
  [
    'an escalation that goes back in time',
    '  receivers: [{ name: a, bus: {} }]\n  escalation:\n    - steps: [{ after: 5m, receiver: a }, { after: 1m, receiver: a }]\n',
    'DN_CONFIG_WRONG_TYPE 5:52',
  ],
  [
    'a mail server with a port there cannot be',
    "  receivers: [{ name: a, email: { to: a@b.c, from: a@b.c, smarthost: 'm:65536' } }]\n",
    'DN_CONFIG_WRONG_TYPE 3:70',
  ],
  [
    'a mail server whose host has colons and no brackets',
    "  receivers: [{ name: a, email: { to: a@b.c, from: a@b.c, smarthost: '::1:25' } }]\n",
    'DN_CONFIG_WRONG_TYPE 3:70',
  ],
  ['a receiver that cannot be told', '  receivers: [{ name: a }]\n', 'DN_CONFIG_WRONG_TYPE 3:15'],
])('alerts: %s is refused with its place', (_what, text, expected) => {
  expect(refusal(text)).toContain(expected);
});

test.each(['mail:25', '[::1]:587'])('alerts: the mail server %s is taken', (server) => {
  const to = `{ to: a@b.c, from: a@b.c, smarthost: '${server}' }`;
  expect(settings(`  receivers: [{ name: a, email: ${to} }]\n`).delivery.receivers.a).toHaveLength(1);
});

test('time windows: names, numbers and ranges; negative days of the month count from its end', () => {
  const reading = readTimeWindow({
    weekdays: ['Sat', 'sunday'],
    daysOfMonth: ['1:7', '-3:-1', 15],
    months: ['jan:mar', 12],
    years: ['2026:2028', 2030],
  });
  expect(reading).toEqual({
    ok: true,
    interval: {
      weekdays: [
        { begin: 6, end: 6 },
        { begin: 0, end: 0 },
      ],
      daysOfMonth: [
        { begin: 1, end: 7 },
        { begin: -3, end: -1 },
        { begin: 15, end: 15 },
      ],
      months: [
        { begin: 1, end: 3 },
        { begin: 12, end: 12 },
      ],
      years: [
        { begin: 2026, end: 2028 },
        { begin: 2030, end: 2030 },
      ],
    },
  });
  for (const wrong of [
    { weekdays: ['someday'] },
    { daysOfMonth: [0] },
    { months: ['13'] },
    { times: ['25:00-26:00'] },
    { weekdays: ['friday:monday'] },
  ])
    expect(readTimeWindow(wrong).ok).toBe(false);
});

const windowOf = (text: string, zone?: string) => {
  const reading = readWeeklyWindow(text, zone);
  return reading.ok ? reading.interval : reading.why;
};

test('time windows: a weekly one on one line, of days, hours or both', () => {
  expect(windowOf('sat,sun 22:00-24:00', 'Europe/Berlin')).toEqual({
    weekdays: [
      { begin: 6, end: 6 },
      { begin: 0, end: 0 },
    ],
    times: [{ start: 1320, end: 1440 }],
    location: 'Europe/Berlin',
  });
  expect(windowOf('monday:friday')).toEqual({ weekdays: [{ begin: 1, end: 5 }] });
  expect(windowOf('01:00-02:00,03:00-04:00', 'UTC')).toEqual({
    times: [
      { start: 60, end: 120 },
      { start: 180, end: 240 },
    ],
    location: 'UTC',
  });
  for (const wrong of ['', 'mon-fri', 'mon 22:00', 'mon 1:00-2:00 x'])
    expect(readWeeklyWindow(wrong)).toMatchObject({ ok: false, part: expect.not.stringMatching('location') });
  expect(readWeeklyWindow('sat', 'Mars/Olympus')).toMatchObject({ ok: false, part: 'location' });
});

test('time windows: one over midnight is refused with the two to write, and of certain days the morning is that of the day after', () => {
  expect(windowOf('22:00-06:00')).toBe(
    "'22:00-06:00' ends before it begins; over midnight write two: 22:00-24:00 and 00:00-06:00",
  );
  expect(windowOf('fri 21:30-5:00')).toBe(
    "'21:30-5:00' ends before it begins; over midnight write two windows: 21:30-24:00 of these days, and 00:00-5:00 of the days after them",
  );
  expect(windowOf('fri 22:00-00:00')).toBe(
    "'22:00-00:00' ends before it begins; the end of a day is 24:00: 22:00-24:00",
  );
  expect(readTimeWindow({ daysOfMonth: [1], times: ['22:00-06:00'] })).toMatchObject({
    why: expect.stringContaining('00:00-06:00 of the days after them'),
  });
});
