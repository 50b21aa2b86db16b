import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createId, systemClock } from '@dreamnet/kit';
import { expect, onTestFinished, test } from 'vitest';
import { createSupervisor } from '../../src/index.js';
import { Events, FakeStore, QUICK_RESTART, specIn, startHarness } from '../fixtures/harness.js';

const HOUR_MS = 3_600_000;

/** The next supervisor after one whose clock was an hour ahead, and which left this record of a process that waits. */
async function nextAfter(record: object) {
  const dir = mkdtempSync(join(tmpdir(), 'dreamnet-clock-'));
  const store = new FakeStore();
  const stored = { id: 'a', identity: null, startedAt: null, restarts: 3, lastExit: null, generation: 3 };
  store.values.set('a', { ...stored, newest: 3, place: 0, stdio: 'log', ...record });
  const supervisor = createSupervisor({
    ...{ instanceId: createId('test'), store, logDir: join(dir, 'logs'), publish: new Events().publish },
  });
  onTestFinished(async () => {
    await supervisor.shutdown({ leaveRunning: false, deadlineMs: 0 });
    rmSync(dir, { recursive: true, force: true });
  });
  await supervisor.start();
  const restart = { ...QUICK_RESTART, halfOpenAfterMs: 20_000, backoff: { ...BACKOFF } };
  await supervisor.adopt([specIn(dir)('a', ['sleep', '1000'], { restart })]);
  return supervisor;
}

const BACKOFF = { initialMs: 5_000, maxMs: 10_000, resetAfterMs: 60_000 };
const history = (more: object) => ({
  ...{ restartsAt: [], shortRuns: 3, circuit: 'closed', failedTrials: 0 },
  ...more,
});

test('clock set back: an open circuit is tried again after its own pause at most, not when the clock has caught up', async () => {
  const before = Date.now();
  const supervisor = await nextAfter({
    ...{ phase: 'broken', nextAttemptAt: before + HOUR_MS },
    history: history({ circuit: 'open', failedTrials: 1 }),
  });
  expect(supervisor.get('a')?.phase).toBe('broken');
  // Doubled once, for the trial that failed.
  expect(supervisor.get('a')?.nextAttemptAt).toBeGreaterThanOrEqual(before + 40_000);
  expect(supervisor.get('a')?.nextAttemptAt).toBeLessThanOrEqual(Date.now() + 40_000);
});

test('clock set back: a backoff is no longer than its longest', async () => {
  const before = Date.now();
  const supervisor = await nextAfter({
    ...{ phase: 'backoff', nextAttemptAt: before + HOUR_MS },
    history: history({}),
  });
  expect(supervisor.get('a')?.phase).toBe('backoff');
  expect(supervisor.get('a')?.nextAttemptAt).toBeLessThanOrEqual(Date.now() + 10_000);
});

test('clock set back: how long a process has been running is told as the kernel counts it, forwards, too', async () => {
  let setMs = 0;
  const clock = { ...systemClock(), now: () => Date.now() + setMs };
  const { supervisor, spec } = await startHarness({ clock });
  await supervisor.launch(spec('a', ['sleep', '1000']));
  for (const byMs of [0, -HOUR_MS, HOUR_MS]) {
    setMs = byMs;
    expect(supervisor.get('a')?.ranMs).toBeGreaterThanOrEqual(0);
    expect(supervisor.get('a')?.ranMs).toBeLessThan(HOUR_MS / 60);
  }
  await supervisor.stop('a', 0);
  expect(supervisor.get('a')?.ranMs).toBeNull();
});
