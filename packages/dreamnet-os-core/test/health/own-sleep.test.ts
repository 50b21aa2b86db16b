import { createAwakeClock } from '@dreamnet/kit';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createDreamNetOSCore } from '../../src/index.js';

const SLEEP_MS = 60_000;

test('own sleep: after a minute in which the process did not run nobody is blamed for its silence', async () => {
  const clock = createFakeClock();
  let sleptMs = 0;
  const core = createDreamNetOSCore({
    clock: createAwakeClock({
      ...clock,
      now: () => clock.now() + sleptMs,
      monotonic: () => clock.monotonic() + sleptMs,
    }),
    rules: [
      {
        name: 'gone',
        severity: 'warning',
        trigger: { on: 'absence', afterMs: 8_000 },
        select: { subsystems: ['api'] },
      },
    ],
  });
  core.watch('api', { manifest: { heartbeat: { ttlMs: 10_000 } } });
  await core.start();
  for (let count = 0; count < 20; count += 1) {
    core.heartbeat({ subsystem: 'api', status: 'ok' });
    await clock.advance(5_000);
  }
  sleptMs += SLEEP_MS;
  // Its report of the sleep was lost; the next one comes when it is due.
  await clock.advance(2_900);
  expect([core.health('api')?.status, core.getActiveAlerts()]).toEqual(['ok', []]);
  core.heartbeat({ subsystem: 'api', status: 'ok' });
  // It still counts when it is really silent.
  await clock.advance(11_000);
  expect(core.health('api')?.status).toBe('error');
  expect(core.getActiveAlerts().map(({ labels }) => labels.rule)).toContain('gone');
  await core.stop();
});
