import type { PostedAlert } from '@dreamnet/contracts';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createExternalAlerts } from '../../../src/heartbeat-alerts/telling/external-alerts.js';

const HOUR = 3_600_000;

function rig() {
  const clock = createFakeClock();
  const open = new Set<string>();
  const external = createExternalAlerts({
    clock,
    delivery: { post: () => [], alerts: () => [], alert: () => undefined },
    book: {
      raise: (condition) => {
        open.add(condition.fingerprint);
        return undefined as never;
      },
      clear: (fingerprint) => void open.delete(fingerprint),
      open: () => [],
    },
    isWatched: () => true,
    fingerprintOf: ({ alertname = '' }) => alertname,
    resolveTimeoutMs: () => HOUR,
  });
  const post = (endsAt?: number) => {
    const alert: PostedAlert = { labels: { alertname: 'a', subsystem: 'db' } };
    external.post([endsAt === undefined ? alert : { ...alert, endsAt }]);
  };
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
