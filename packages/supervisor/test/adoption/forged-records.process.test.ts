import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createId } from '@dreamnet/kit';
import { expect, onTestFinished, test } from 'vitest';
import { createSupervisor } from '../../src/index.js';
import { readBootId } from '../../src/linux/process-identity.js';
import { hasEnded, readProcess } from '../../src/linux/process-table.js';
import { Events, FakeStore, QUICK_RESTART, specIn } from '../fixtures/harness.js';

interface Stranger {
  readonly env?: Record<string, string>;
  /** Whether it holds the log of the agent the record names. */
  readonly holdsLog?: boolean;
}

/** A process nobody supervises, and a record that says it is agent `a`: true pid, true start time, true boot. */
async function forge({ env = {}, holdsLog = false }: Stranger) {
  const dir = mkdtempSync(join(tmpdir(), 'dreamnet-forged-'));
  const logDir = join(dir, 'logs');
  mkdirSync(logDir);
  const log = openSync(holdsLog ? join(logDir, 'a.err.log') : join(dir, 'elsewhere'), 'a');
  const stranger = spawn('sleep', ['1000'], {
    env: { PATH: '/usr/bin:/bin', ...env },
    detached: true,
    stdio: ['ignore', 'ignore', log],
  });
  closeSync(log);
  const pid = stranger.pid ?? 0;
  const identity = { pid, startTicks: readProcess(pid)?.startTicks ?? 0, bootId: readBootId() };
  const store = new FakeStore();
  store.values.set('a', {
    ...{ id: 'a', phase: 'running', generation: 3, identity, stdio: 'log', startedAt: 1, restarts: 0 },
    ...{ lastExit: null, nextAttemptAt: null },
    history: { restartsAt: [], shortRuns: 0, circuit: 'closed', failedTrials: 0 },
  });
  const events = new Events();
  const instanceId = createId('daemon');
  const supervisor = createSupervisor({ instanceId, store, logDir, publish: events.publish });
  onTestFinished(async () => {
    await supervisor.shutdown({ leaveRunning: false, deadlineMs: 0 });
    stranger.kill('SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  });
  await supervisor.start();
  const spec = specIn(dir)('a', ['sleep', '1000'], { restart: QUICK_RESTART });
  return { stranger, supervisor, events, spec };
}

const isUntouched = ({ pid, exitCode, signalCode }: ChildProcess) =>
  exitCode === null && signalCode === null && !hasEnded(readProcess(pid ?? 0));

test("identity: a record that names somebody else's process is not believed, and the process is not touched", async () => {
  const { stranger, supervisor, events, spec } = await forge({});
  expect(supervisor.orphans()).toEqual([]);
  await supervisor.adopt([spec]);
  const [started] = await events.atLeast('process.started', 1, 'a');
  expect(started).toMatchObject({ isAdopted: false });
  expect(started?.identity.pid).not.toBe(stranger.pid);
  await supervisor.stop('a', 0);
  await supervisor.endOrphans(0);
  expect(isUntouched(stranger)).toBe(true);
});

test("identity: a process marked as another instance's stays that instance's, whatever the record says", async () => {
  const { stranger, supervisor, events, spec } = await forge({
    ...{ env: { DREAMNET_PROCESS: 'another/a/3' }, holdsLog: true },
  });
  await supervisor.adopt([spec]);
  await events.atLeast('process.started', 1, 'a');
  await supervisor.stop('a', 0);
  expect(isUntouched(stranger)).toBe(true);
});

test('identity: a recorded process that has lost its mark is ours by the log it has held since its birth', async () => {
  const { stranger, supervisor, spec } = await forge({ holdsLog: true });
  const report = await supervisor.adopt([spec]);
  expect(report.adopted).toEqual(['a']);
  expect(supervisor.get('a')?.identity?.pid).toBe(stranger.pid);
});
