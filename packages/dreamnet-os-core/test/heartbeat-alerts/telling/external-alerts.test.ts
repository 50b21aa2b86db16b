import type { PostedAlert } from '@dreamnet/contracts';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { fingerprintOf } from '../../../src/alert-delivery/labels/fingerprint.js';
import { sortedNames } from '../../../src/alert-delivery/labels/label-sets.js';
import { createExternalAlerts } from '../../../src/heartbeat-alerts/telling/external-alerts.js';
import { createAlertDelivery } from '../../../src/index.js';
import { configOf } from '../../alert-delivery/setup.js';

const HOUR = 3_600_000;

function rig() {
  const clock = createFakeClock();
  const config = configOf({ ops: [] });
  const delivery = createAlertDelivery({ clock, publish: () => undefined, config });
  const open = new Set<string>();
  const external = createExternalAlerts({
    clock,
    delivery,
    book: {
      raise: (condition) => {
        open.add(condition.fingerprint);
        return undefined as never;
      },
      clear: (fingerprint) => void open.delete(fingerprint),
      open: () => [],
    },
    isWatched: () => true,
    fingerprintOf: (labels) => fingerprintOf(labels, sortedNames(labels)),
  });
  const post = (endsAt: number, more: Partial<PostedAlert> = {}) =>
    external.post([{ labels: { alertname: 'a', subsystem: 'db' }, endsAt, ...more }]);
  return { clock, open, external, post };
}

test('external alerts: the last word on the end counts, be it later or earlier', async () => {
  const { clock, open, post } = rig();
  post(clock.now() + 10_000);
  await clock.advance(5_000);
  post(clock.now() + 10_000);
  await clock.advance(9_999);
  expect(open.size).toBe(1);
  await clock.advance(1);
  expect(open.size).toBe(0);
  post(clock.now() + 10 * HOUR);
  post(clock.now() + 2_000);
  await clock.advance(2_000);
  expect(open.size).toBe(0);
  post(clock.now() + 10_000);
  post(clock.now() - 1);
  expect(open.size).toBe(0);
});

test('external alerts: one that is repeated for ever and never ends waits once, not once for each report', () => {
  const { clock, external, post } = rig();
  for (let n = 0; n < 10_000; n += 1) post(clock.now() + 24 * HOUR + n);
  expect(external.waiting).toBe(1);
  for (let n = 0; n < 100; n += 1) {
    post(clock.now() + HOUR - n);
    post(clock.now() + HOUR);
  }
  expect(external.waiting).toBeLessThanOrEqual(102);
});

test('external alerts: one about what is watched ends when the delivery says so, and is never listed beside the book', async () => {
  const { clock, open, external, post } = rig();
  const startsAt = clock.now();
  post(startsAt + HOUR, { startsAt });
  // The receivers are told of the latest end that somebody stated.
  post(startsAt + 10_000, { startsAt });
  for (const [afterMs, isOpen] of [
    [11_000, true],
    [HOUR - 11_001, true],
    [1, false],
  ] as const) {
    await clock.advance(afterMs);
    expect([open.size, external.list()]).toEqual([isOpen ? 1 : 0, []]);
  }
});

test('external alerts: a clock that is set back lets one go on in the book as long as in the delivery', async () => {
  const { clock, open, external, post } = rig();
  post(clock.now() + 10_000, { startsAt: clock.now() });
  clock.jump(-5_000);
  await clock.advance(14_999);
  expect([open.size, external.list()]).toEqual([1, []]);
  await clock.advance(1);
  expect([open.size, external.list()]).toEqual([0, []]);
});
