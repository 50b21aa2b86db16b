import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Incident, PsEntry, RecoveryAction } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { startDaemon } from './daemon-process.js';

/** Needs 90 MiB and nothing more. */
const HUNGRY =
  "import time; hoard = bytearray(b'x') * (90 << 20); print('fed', flush=True); time.sleep(1000)";
const MIB = 1024 * 1024;

function mayLimitMemory(): boolean {
  const root = '/sys/fs/cgroup/memory';
  try {
    accessSync(existsSync(root) ? root : '/sys/fs/cgroup/cgroup.subtree_control', constants.W_OK);
    return true;
  } catch {
    return false; // an ordinary user, or a container that keeps control groups read-only
  }
}

/** Folders of the control groups of ours that a process is in, up to the one that all agents share. */
function controlGroupsOf(pid: number | null): string[] {
  const root = '/sys/fs/cgroup';
  const inside = readFileSync(`/proc/${pid}/cgroup`, 'utf8').matchAll(/:(\/.*?dreamnet-[^/\n]*)/g);
  return [...new Set([...inside].map(([, path = '']) => path))]
    .flatMap((path) => ['', ...readdirSync(root)].map((controller) => join(root, controller, path)))
    .filter(existsSync);
}

test('out of memory: instead of restarts without end more is proposed; given, it holds, also for the next daemon', async (ctx) => {
  if (!mayLimitMemory()) return ctx.skip('control groups cannot be made here');
  const own = await startDaemon({
    agents: {
      hungry: {
        runtime: 'custom',
        command: ['python3', '-c', HUNGRY],
        resources: { memory: '64MiB' },
        restart: { intensity: 2, period: '60s' },
      },
    },
  });
  const actions = async () =>
    (await own.client().get<{ actions: RecoveryAction[] }>('/api/recovery-actions')).actions;
  const remedy = await own.until('a remedy that waits for a person', async () =>
    (await actions()).find(({ state }) => state === 'needs_approval'),
  );
  expect(remedy).toMatchObject({
    ...{ type: 'resource_scaling', subsystem: 'hungry', risk: 'medium' },
    effect: { power: 'configure', argument: { resources: { memory: 128 * MIB } } },
  });
  const { incidents } = await own.client().get<{ incidents: Incident[] }>('/api/incidents');
  expect(JSON.stringify(incidents[0]?.stages)).toContain('"memoryKills":1');
  expect(own.cli('approve', remedy.id).status).toBe(0);
  await own.until('the remedy to be verified', async () =>
    (await actions()).some(({ id, state }) => id === remedy.id && state === 'succeeded'),
  );
  await own.kill('SIGKILL');
  await own.up();
  const seen = async () => (await own.client().get<{ agents: PsEntry[] }>('/api/ps')).agents[0];
  await own.until('the limit to be in force', async () => {
    return (await seen())?.usage?.limits.memoryBytes === 128 * MIB;
  });
  const groups = controlGroupsOf((await seen())?.pid ?? null);
  expect(groups.length).toBeGreaterThan(0);
  // In order: a daemon that is killed leaves the control group to the next one.
  expect(own.cli('down').status).toBe(0);
  expect(groups.filter(existsSync)).toEqual([]);
});
