import { createFakeClock } from '@dreamnet/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { alertPages } from '../../src/facade/alert-pages.js';
import type { Rooms } from '../../src/facade/rooms.js';
import { createDreamNetOSCore, type DreamNetOSCoreFacade } from '../../src/index.js';

const FLEET = 500;
let core: DreamNetOSCoreFacade;
let clock: ReturnType<typeof createFakeClock>;

beforeEach(async () => {
  clock = createFakeClock();
  core = createDreamNetOSCore({
    clock,
    policy: { default: 'off' },
    delivery: {
      route: { receiver: 'ops' },
      inhibitRules: [],
      timeIntervals: {},
      receivers: { ops: [] },
    },
  });
  await core.start();
});
afterEach(() => core.stop());

async function fail(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    core.watch(`agent-${index}`, { manifest: { domain: 'social' } });
    core.heartbeat({ subsystem: `agent-${index}`, status: index % 10 === 0 ? 'error' : 'warn' });
    clock.jump(1);
  }
  await core.settled();
}

const names = (query: Parameters<DreamNetOSCoreFacade['alertPage']>[0]) =>
  core.alertPage(query).alerts.map(({ subsystem }) => subsystem);

test('pages of alerts: one after the other they show each alert once, the newest first', async () => {
  await fail(25);
  const pages = [0, 10, 20, 30].map((offset) => names({ offset, limit: 10 }));
  expect(pages.map(({ length }) => length)).toEqual([10, 10, 5, 0]);
  expect(pages.flat()).toEqual(Array.from({ length: 25 }, (_, index) => `agent-${24 - index}`));
  expect(core.alertPage({ limit: 1 }).total).toBe(25);
});

test('pages of alerts: after the last one shown none comes twice and none is passed over, whatever came and went', async () => {
  const severities = ['warning', 'critical', 'info'];
  const post = (n: number, endsAt = clock.now() + 600_000) =>
    core.postAlerts([
      { labels: { n: String(n), severity: severities[n % 3] ?? '' }, startsAt: clock.now(), endsAt },
    ]);
  for (let n = 0; n < 30; n += 1) {
    clock.jump(1);
    post(n);
  }
  for (const order of ['newest', 'worst'] as const) {
    const show = (query: Parameters<typeof core.alertPage>[0]) =>
      core.alertPage({ order, limit: 7, ...query });
    const before = core.alertPage({ order }).alerts.map(({ labels }) => labels.n);
    let page = show({});
    const seen = page.alerts.map(({ labels }) => labels.n);
    for (let n = 100; page.next !== undefined; n += 3) {
      // A newer one comes, of the severity that stands first, and the one that the next page goes on after is over.
      clock.jump(1);
      post(n);
      post(Number(page.alerts.at(-1)?.labels.n), clock.now());
      page = show({ after: page.next });
      seen.push(...page.alerts.map(({ labels }) => labels.n));
    }
    expect(seen).toEqual(before);
  }
});

test('pages of alerts: of the same moment each has a place of its own', async () => {
  const now = clock.now();
  core.postAlerts(
    Array.from({ length: 50 }, (_, n) => ({ labels: { n: String(n) }, startsAt: now, endsAt: now + 60_000 })),
  );
  const seen: string[] = [];
  for (let page = core.alertPage({ limit: 7 }); ; page = core.alertPage({ limit: 7, after: page.next })) {
    seen.push(...page.alerts.map(({ id }) => id));
    if (page.next === undefined) break;
  }
  expect([seen.length, new Set(seen).size]).toEqual([50, 50]);
});

test('pages of alerts: the total counts what the filters leave, not what the page holds', async () => {
  await fail(25);
  const { alerts, total } = core.alertPage({ severity: 'critical', limit: 2 });
  expect([alerts.length, total]).toEqual([2, 3]);
  const matchers = [{ name: 'subsystem', value: 'agent-1.', isEqual: true, isRegex: true }];
  expect(core.alertPage({ matchers, limit: 4 }).total).toBe(10);
});

test('pages of alerts: the worst come first when that is asked for, of those the newest', async () => {
  await fail(25);
  expect(names({ order: 'worst', limit: 4 })).toEqual(['agent-20', 'agent-10', 'agent-0', 'agent-24']);
});

test('pages of alerts: who is told is worked out only for those that are shown', async () => {
  await fail(FLEET);
  const open = core.alertPage().alerts;
  let lookedUp = 0;
  const rooms = {
    alerts: { open: () => open },
    alerting: {
      external: { list: () => [] },
      teller: { fingerprintOf: (id: string) => id },
      delivery: {
        alert: () => {
          lookedUp += 1;
          return undefined;
        },
      },
    },
  } as unknown as Rooms;
  expect(alertPages(rooms).alertPage({ limit: 50 })).toMatchObject({ total: FLEET });
  expect(lookedUp).toBe(50);
});

test('pages of alerts: alerts from elsewhere stand among our own and go when they end', async () => {
  await fail(2);
  await clock.advance(1_000);
  const now = clock.now();
  core.postAlerts([{ labels: { alertname: 'DiskFull' }, endsAt: now + 60_000 }]);
  const [first] = core.alertPage({ limit: 1 }).alerts;
  expect(first).toMatchObject({ labels: { alertname: 'DiskFull' }, receivers: ['ops'] });
  expect(core.alertView(first?.id ?? '')).toEqual(first);
  await clock.advance(61_000);
  expect(core.alertView(first?.id ?? '')).toBeUndefined();
});

test('pages of alerts: of ten thousand ended ones from elsewhere none is listed and the next is', async () => {
  const now = clock.now();
  const labelsOf = (index: number) => ({ alertname: 'Burst', index: String(index) });
  core.postAlerts(
    Array.from({ length: 10_000 }, (_, index) => ({ labels: labelsOf(index), endsAt: now + 1_000 })),
  );
  await clock.advance(2_000);
  core.postAlerts([{ labels: labelsOf(10_000), endsAt: clock.now() + 60_000 }]);
  expect(core.alertPage().alerts.map(({ labels }) => labels)).toEqual([labelsOf(10_000)]);
});
