import type { SubsystemManifest } from '@dreamnet/contracts';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createDreamNetOSCore } from '../../src/index.js';

/** A fleet that fails in one moment; counts how often somebody asks whom a member depends on. */
async function failAtOnce(size: number) {
  const clock = createFakeClock();
  const core = createDreamNetOSCore({ clock, policy: { default: 'off' } });
  let asked = 0;
  const manifest: SubsystemManifest = {
    domain: 'social',
    get dependsOn() {
      asked += 1;
      return [];
    },
  };
  for (let index = 0; index < size; index += 1) core.watch(`agent-${index}`, { manifest });
  await core.start();
  asked = 0;
  for (let index = 0; index < size; index += 1)
    core.heartbeat({ subsystem: `agent-${index}`, status: 'error' });
  await core.settled();
  const outcome = { asked, alerts: core.alertPage().total, incidents: core.incidents().length };
  await core.stop();
  return outcome;
}

test('mass failure: thousands of alerts at once are settled with work in proportion to their number', async () => {
  const some = await failAtOnce(500);
  const many = await failAtOnce(4_000);
  expect([some.alerts, some.incidents]).toEqual([500, 500]);
  expect([many.alerts, many.incidents]).toEqual([4_000, 4_000]);
  expect(some.asked).toBeGreaterThanOrEqual(500);
  // Each alert asks of its own subsystem a few times and never of every other: that would be millions.
  expect(many.asked).toBeLessThanOrEqual(8 * some.asked);
  expect(many.asked).toBeLessThanOrEqual(10 * 4_000);
}, 30_000);
