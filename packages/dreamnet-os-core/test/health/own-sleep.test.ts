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

test('own sleep: a sender whose reports found nobody meanwhile is waited for as long as its longest pause', async () => {
  const { clock, core, sleep } = await sleepingCore();
  const status = () => core.health('api')?.status;
  sleep(95_000);
  // A library that had begun to wait half a minute before we woke.
  await clock.advance(30_000);
  expect(status()).toBe('ok');
  core.heartbeat({ subsystem: 'api', status: 'ok' });
  // From its report on it is as ever.
  await clock.advance(11_000);
  expect(status()).toBe('error');
  await core.stop();
});

test('own sleep: who is silent for longer than that is missed all the same', async () => {
  const { clock, core, sleep } = await sleepingCore();
  sleep(95_000);
  await clock.advance(41_000);
  expect(core.health('api')?.status).toBe('error');
  await core.stop();
});

test('own sleep: after a short one nobody is waited for longer than a sender can have begun to wait', async () => {
  const { clock, core, sleep } = await sleepingCore();
  sleep(2_500);
  await clock.advance(12_000);
  expect(core.health('api')?.status).toBe('ok');
  await clock.advance(5_000);
  expect(core.health('api')?.status).toBe('error');
  await core.stop();
});

/** A core that has heard `api` every five seconds, and whose process can sleep. */
async function sleepingCore() {
  const clock = createFakeClock();
  let sleptMs = 0;
  const core = createDreamNetOSCore({
    clock: createAwakeClock({
      ...clock,
      now: () => clock.now() + sleptMs,
      monotonic: () => clock.monotonic() + sleptMs,
    }),
  });
  core.watch('api', { manifest: { heartbeat: { ttlMs: 10_000 } } });
  await core.start();
  for (let count = 0; count < 20; count += 1) {
    await clock.advance(5_000);
    core.heartbeat({ subsystem: 'api', status: 'ok' });
  }
  const sleep = (ms: number) => {
    sleptMs += ms;
  };
  return { clock, core, sleep };
}
