import type { MetricAnomaly, Trend } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { createAlertBook } from '../../../src/heartbeat-alerts/alert-book.js';
import type { AlertRule } from '../../../src/heartbeat-alerts/rules/alert-rule.js';
import { createRuleBook, type RuleBookOptions } from '../../../src/heartbeat-alerts/rules/rule-book.js';
import { createRig } from '../../health/support.js';
import { createTestStore } from '../../support.js';

interface RigOptions {
  trends?: RuleBookOptions['trends'];
  store?: ReturnType<typeof createTestStore>['store'];
}

const DEPTH: AlertRule = {
  name: 'QueueTooLong',
  trigger: { on: 'metric', metric: 'queue.depth', when: { operator: '>', threshold: 100 } },
  severity: 'warning',
};

function ruleRig(rules: readonly AlertRule[], options: RigOptions = {}) {
  const rig = createRig();
  const { clock, engine } = rig;
  const { store, trends } = options;
  const book = createAlertBook({ clock, publish: () => undefined, ...(store ? { store } : {}) });
  const changes: string[] = [];
  book.onChange((alert, change) => changes.push(`${alert.labels.rule}/${alert.subsystem}/${change}`));
  const ears = new Set<(anomaly: MetricAnomaly) => void>();
  const scored = (anomaly: MetricAnomaly) => {
    for (const ear of ears) ear(anomaly);
  };
  const ruleBook = createRuleBook({
    clock,
    engine,
    book,
    labelTest: (matchers) => (labels) => matchers.every(({ name, value }) => labels[name] === value),
    onAnomaly: (listener) => {
      ears.add(listener);
      return () => ears.delete(listener);
    },
    ...(trends ? { trends } : {}),
  });
  engine.register('mail', {});
  engine.register('billing', { manifest: { domain: 'economy' } });
  engine.start();
  book.start();
  ruleBook.set(rules);
  ruleBook.start();
  const tell = (subsystem: string, metrics: Record<string, number>) =>
    engine.heartbeat({ subsystem, status: 'ok', metrics });
  const stop = () => {
    ruleBook.stop();
    book.stop();
    engine.stop();
  };
  return { ...rig, book, ruleBook, changes, tell, scored, stop };
}

test('metric rules: a value over the threshold is an alert in the same call, and over when the value is back', async () => {
  const { clock, book, tell, stop } = ruleRig([DEPTH]);
  tell('mail', { 'queue.depth': 100 });
  expect(book.active()).toEqual([]);
  tell('mail', { 'queue.depth': 120 });
  expect(book.active()).toMatchObject([
    {
      fingerprint: 'rule/QueueTooLong/mail/queue.depth',
      subsystem: 'mail',
      type: 'performance',
      severity: 'warning',
      message: 'mail: queue.depth is 120, above 100',
      labels: { rule: 'QueueTooLong', domain: 'infra', metric: 'queue.depth' },
      evidence: { value: 120 },
    },
  ]);
  tell('mail', { 'queue.depth': 99 });
  await clock.advance(1000);
  expect(book.active()).toEqual([]);
  stop();
});

test('metric rules: `for` waits, and a value that falls meanwhile begins it anew', async () => {
  const { clock, book, tell, stop } = ruleRig([{ ...DEPTH, forMs: 10_000 }]);
  tell('mail', { 'queue.depth': 120 });
  expect(book.open()).toMatchObject([{ state: 'detected' }]);
  await clock.advance(9000);
  tell('mail', { 'queue.depth': 5 });
  tell('mail', { 'queue.depth': 120 });
  await clock.advance(9000);
  expect(book.active()).toEqual([]);
  await clock.advance(1000);
  expect(book.active()).toHaveLength(1);
  stop();
});

test('metric rules: a condition that flaps within `for` makes at most one alert a second', async () => {
  const { clock, tell, changes, stop } = ruleRig([{ ...DEPTH, forMs: 60_000 }]);
  for (let count = 0; count < 1000; count += 1) {
    tell('mail', { 'queue.depth': count % 2 === 0 ? 120 : 5 });
    await clock.advance(5);
  }
  expect(changes.filter((change) => change.endsWith('detected')).length).toBeLessThanOrEqual(6);
  stop();
});

test('metric rules: selectors by name, domain and labels of the metric; other subsystems are left alone', () => {
  const { book, tell, stop } = ruleRig([
    { ...DEPTH, name: 'ByName', select: { subsystems: ['ma*'] } },
    { ...DEPTH, name: 'ByDomain', select: { domain: 'economy' } },
    {
      ...DEPTH,
      name: 'ByLabel',
      select: { matchers: [{ name: 'route', value: '/pay', isEqual: true, isRegex: false }] },
    },
  ]);
  tell('mail', { 'queue.depth': 200 });
  tell('billing', { 'queue.depth': 200, 'queue.depth{route="/pay"}': 200, 'queue.depth{route="/get"}': 1 });
  expect(book.active().map(({ fingerprint }) => fingerprint)).toEqual([
    'rule/ByName/mail/queue.depth',
    'rule/ByDomain/billing/queue.depth',
    'rule/ByDomain/billing/queue.depth{route="/pay"}',
    'rule/ByLabel/billing/queue.depth{route="/pay"}',
  ]);
  expect(book.active()[3]?.labels).toMatchObject({ route: '/pay' });
  stop();
});

test('metric rules: annotations are filled with values, and a summary is the message', () => {
  const { book, tell, stop } = ruleRig([
    {
      ...DEPTH,
      labels: { team: 'core' },
      annotations: {
        summary: '{{subsystem}} holds {{value}} of {{threshold}}',
        who: '{{labels.team}}{{labels.none}}',
      },
    },
  ]);
  tell('mail', { 'queue.depth': 1234.56789 });
  expect(book.active()).toMatchObject([
    { message: 'mail holds 1234.57 of 100', annotations: { who: 'core' } },
  ]);
  stop();
});

test('metric rules: one whose values stop coming is no alert for ever', async () => {
  const { clock, book, tell, stop } = ruleRig([DEPTH]);
  tell('mail', { 'queue.depth': 120 });
  await clock.advance(299_000);
  expect(book.active().filter(({ labels }) => labels.rule === 'QueueTooLong')).toHaveLength(1);
  await clock.advance(2000);
  expect(book.active().filter(({ labels }) => labels.rule === 'QueueTooLong')).toEqual([]);
  stop();
});

test('metric rules: the text of a firing alert follows the value every half minute, not every report', async () => {
  const { clock, changes, tell, book, stop } = ruleRig([DEPTH]);
  for (let second = 0; second < 60; second += 1) {
    tell('mail', { 'queue.depth': 200 + second });
    await clock.advance(1000);
  }
  expect(changes.filter((change) => change.endsWith('updated'))).toHaveLength(1);
  expect(book.active()[0]?.message).toBe('mail: queue.depth is 230, above 100');
  stop();
});

test('status and axis rules: follow the engine in the same turn', async () => {
  const { clock, engine, book, ruleBook, stop } = ruleRig([
    { name: 'Down', trigger: { on: 'status', is: ['error'] }, severity: 'critical' },
    { name: 'Gone', trigger: { on: 'axis', axis: 'liveness', is: ['dead'] }, severity: 'critical' },
  ]);
  engine.signal({ subsystem: 'mail', state: 'dead', reason: 'killed', at: clock.now() });
  expect(book.active().map(({ labels, subsystem }) => `${labels.rule}/${subsystem}`)).toEqual([
    'Down/mail',
    'Gone/mail',
  ]);
  expect(ruleBook.rules().map(({ name, firing }) => [name, firing])).toEqual([
    ['Down', ['mail']],
    ['Gone', ['mail']],
  ]);
  engine.signal({ subsystem: 'mail', state: 'alive', reason: 'back', at: clock.now() + 1 });
  engine.heartbeat({ subsystem: 'mail', status: 'ok' });
  await clock.advance(1000);
  expect(book.active()).toEqual([]);
  stop();
});

test('score rules: a domain whose score falls raises; a domain without data never does', async () => {
  const { clock, engine, book, stop } = ruleRig([
    {
      name: 'LowScore',
      trigger: { on: 'score', when: { operator: '<', threshold: 0.9 } },
      severity: 'warning',
    },
  ]);
  engine.signal({ subsystem: 'billing', state: 'dead', reason: 'killed', at: clock.now() });
  engine.heartbeat({ subsystem: 'mail', status: 'error' });
  await clock.advance(100);
  expect(book.active().map(({ subsystem }) => subsystem)).toContain('infra');
  expect(book.active().map(({ subsystem }) => subsystem)).not.toContain('social');
  stop();
});

test('metric rules: a rule that is new judges the values there are, unless they are old', async () => {
  const { clock, book, ruleBook, tell, stop } = ruleRig([]);
  tell('mail', { 'queue.depth': 120 });
  await clock.advance(290_000);
  tell('billing', { 'queue.depth': 130 });
  await clock.advance(20_000);
  ruleBook.set([DEPTH]);
  expect(book.active().map(({ subsystem }) => subsystem)).toEqual(['billing']);
  stop();
});

test('anomaly rules: a score over the threshold is an alert at once, kept five minutes to be looked at', async () => {
  const { clock, book, scored, stop } = ruleRig([
    {
      name: 'Odd',
      trigger: { on: 'anomaly', metric: 'lat*', when: { operator: '>=', threshold: 0.5 } },
      severity: 'info',
    },
  ]);
  const score = (value: number, metric = 'latency') =>
    scored({
      subsystem: 'mail',
      metric,
      value: 900,
      at: clock.now(),
      score: value,
      isLearning: false,
      reason: 'far out',
    });
  score(0.4);
  score(0.95, 'queue');
  expect(book.open()).toEqual([]);
  score(0.95);
  expect(book.active()).toMatchObject([
    {
      type: 'performance',
      message: 'mail: latency is unusual, its value is 900: far out (anomaly score 0.95, at or above 0.5)',
    },
  ]);
  score(0);
  await clock.advance(299_000);
  expect(book.active()).toHaveLength(1);
  await clock.advance(2000);
  expect(book.active()).toEqual([]);
  stop();
});

const FALLING: Trend = {
  subject: 'mail',
  metric: 'disk.free{disk="a"}',
  direction: 'falling',
  slopePerHour: -3,
  pValue: 0.001,
  isSignificant: true,
  samples: 50,
};
const RUNS_OUT: AlertRule = {
  name: 'Falling',
  trigger: { on: 'trend', metric: 'disk.free', direction: 'falling', level: 0, crossesWithinMs: 7_200_000 },
  severity: 'warning',
};

test('trend rules: only a significant one in the stated direction that crosses in time', async () => {
  let found: Trend[] = [{ ...FALLING, isSignificant: false }];
  const { clock, book, stop } = ruleRig([RUNS_OUT], { trends: () => found });
  await clock.advance(60_000);
  found = [FALLING];
  await clock.advance(60_000);
  expect(book.active()).toEqual([]);
  found = [{ ...FALLING, crossesAt: clock.now() + 3_660_000 }];
  await clock.advance(60_000);
  expect(book.active()).toMatchObject([
    {
      message: 'mail: disk.free{disk="a"} is falling, -3 an hour, crosses in 1h',
      labels: { disk: 'a' },
    },
  ]);
  stop();
});

test('trend rules: ask only for the metrics they are about, with the level', async () => {
  const asked: string[] = [];
  const { clock, stop } = ruleRig([{ ...RUNS_OUT, select: { subsystems: ['m*'] } }], {
    trends: ({ of, level, isWanted }) => {
      const names = ['disk.free', 'disk.free{disk="a"}', 'disk.used'].flatMap((metric) =>
        ['mail', 'billing'].map((subject) => ({ subject, metric })),
      );
      asked.push(
        `${of} ${level} ${names.filter(isWanted).map(({ subject, metric }) => `${subject}/${metric}`)}`,
      );
      return [];
    },
  });
  await clock.advance(60_000);
  expect(asked).toEqual(['metrics 0 mail/disk.free,mail/disk.free{disk="a"}']);
  stop();
});

test('trend rules: a series that is gone has no trend after ten minutes', async () => {
  let found: Trend[] = [];
  const { clock, book, stop } = ruleRig([RUNS_OUT], { trends: () => found });
  found = [{ ...FALLING, crossesAt: clock.now() + 600_000 }];
  await clock.advance(60_000);
  found = [];
  await clock.advance(540_000);
  expect(book.active()).toHaveLength(1);
  await clock.advance(180_000);
  expect(book.active()).toEqual([]);
  stop();
});

test('absence rules: a metric that stops is missed after its time, and its first value ends that', async () => {
  const { clock, book, tell, stop } = ruleRig([
    {
      name: 'NoOrders',
      trigger: { on: 'absence', metric: 'orders', afterMs: 60_000 },
      severity: 'critical',
    },
  ]);
  const missed = () => book.active().filter(({ labels }) => labels.rule === 'NoOrders');
  await clock.advance(120_000);
  expect(missed()).toEqual([]);
  for (let minute = 0; minute < 3; minute += 1) {
    tell('mail', { orders: 1 });
    await clock.advance(50_000);
  }
  expect(missed()).toEqual([]);
  await clock.advance(11_000);
  expect(missed()).toMatchObject([{ subsystem: 'mail', message: 'mail: no value of orders for 1m' }]);
  tell('mail', { orders: 1 });
  await clock.advance(1000);
  expect(missed()).toEqual([]);
  stop();
});

test('absence rules: one that names its subsystems misses what never came', async () => {
  const { clock, book, stop } = ruleRig([
    {
      name: 'NoOrders',
      trigger: { on: 'absence', metric: 'orders', afterMs: 60_000 },
      select: { subsystems: ['mail'] },
      severity: 'critical',
    },
  ]);
  await clock.advance(61_000);
  expect(book.active()).toMatchObject([{ subsystem: 'mail', labels: { rule: 'NoOrders' } }]);
  stop();
});

test('absence rules: without a metric any report counts as a sign of life', async () => {
  const { clock, engine, book, stop } = ruleRig([
    {
      name: 'Silent',
      trigger: { on: 'absence', afterMs: 20_000 },
      select: { subsystems: ['mail'] },
      severity: 'critical',
    },
  ]);
  const silent = () => book.active().filter(({ labels }) => labels.rule === 'Silent');
  for (let beat = 0; beat < 5; beat += 1) {
    engine.heartbeat({ subsystem: 'mail', status: 'ok' });
    await clock.advance(15_000);
  }
  expect(silent()).toEqual([]);
  await clock.advance(6000);
  expect(silent()).toHaveLength(1);
  engine.heartbeat({ subsystem: 'mail', status: 'ok' });
  await clock.advance(2000);
  expect(silent()).toEqual([]);
  stop();
});

test('rules: a change keeps the alerts of rules that stay and ends those of rules that go', async () => {
  const { clock, book, ruleBook, tell, stop } = ruleRig([DEPTH, { ...DEPTH, name: 'Other' }]);
  tell('mail', { 'queue.depth': 120 });
  const [kept] = book.active();
  ruleBook.set([DEPTH, { ...DEPTH, name: 'New' }]);
  await clock.advance(1000);
  expect(book.active()[0]?.id).toBe(kept?.id);
  expect(book.active().map(({ labels }) => labels.rule)).toEqual(['QueueTooLong', 'New']);
  stop();
});

test('rules: who is not watched any more has no alerts', async () => {
  const { clock, book, engine, ruleBook, tell, stop } = ruleRig([DEPTH]);
  tell('mail', { 'queue.depth': 120 });
  engine.unregister('mail');
  ruleBook.forget('mail');
  await clock.advance(1000);
  expect(book.active()).toEqual([]);
  stop();
});

test('rules: an alert that was open at the last end goes on, ends when its value is back, and ends without its rule', async () => {
  const { store } = createTestStore();
  const first = ruleRig([DEPTH, { ...DEPTH, name: 'Dropped' }], { store });
  first.tell('mail', { 'queue.depth': 120 });
  await first.book.settled();
  first.stop();
  const second = ruleRig([], { store });
  second.ruleBook.stop();
  await second.book.load();
  second.ruleBook.set([DEPTH]);
  second.ruleBook.start();
  await second.clock.advance(1000);
  expect(second.book.active().map(({ labels }) => labels.rule)).toEqual(['QueueTooLong']);
  second.tell('mail', { 'queue.depth': 10 });
  await second.clock.advance(1000);
  expect(second.book.active()).toEqual([]);
  second.stop();
});
