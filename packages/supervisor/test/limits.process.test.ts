import { accessSync, constants, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fixtureCommand } from '@dreamnet/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { logLine, startHarness } from './fixtures/harness.js';

const MEMORY = '/sys/fs/cgroup/memory';

function hasMemoryCgroup(): boolean {
  try {
    accessSync(existsSync(MEMORY) ? MEMORY : '/sys/fs/cgroup/cgroup.subtree_control', constants.W_OK);
    return true;
  } catch {
    return false; // not root, or a container that keeps them read-only
  }
}

test('memory: a process over its limit is killed by the kernel, and the exit says so', async (ctx) => {
  if (!hasMemoryCgroup()) return ctx.skip('cgroups are not writable here');
  const { supervisor, spec, events, instanceId } = await startHarness();
  const resources = { memoryBytes: 64 << 20 };
  await supervisor.launch(spec('a', fixtureCommand('eats-memory.py'), { resources }));
  const [exited] = await events.atLeast('process.exited', 1, 'a');
  expect(exited?.exit.signal).toBe('SIGKILL');
  expect(exited?.exit.reason).toMatch(/memory limit/);
  expect(supervisor.get('a')?.notEnforced).toEqual([]);
  await supervisor.stop('a', 0);
  expect(existsSync(join(MEMORY, `dreamnet-${instanceId}`))).toBe(false);
});

test('open files and pids: hold inside the process', async (ctx) => {
  if (!hasMemoryCgroup()) return ctx.skip('cgroups are not writable here');
  const { supervisor, spec } = await startHarness();
  const command = [
    'sh',
    '-c',
    'echo files $(ulimit -n); echo limits $(cat /proc/self/cgroup | grep -c dreamnet-)',
  ];
  await supervisor.launch(spec('a', command, { resources: { openFiles: 99, pids: 20, cpu: 0.5 } }));
  expect(await logLine(supervisor, 'a', /files/)).toBe('files 99');
  expect(await logLine(supervisor, 'a', /limits/)).not.toBe('limits 0');
});

test('not enforceable: said in words, and the process runs', async () => {
  const root = mkdtempSync(join(tmpdir(), 'dreamnet-no-cgroup-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const { supervisor, spec } = await startHarness({ cgroupRoot: join(root, 'nothing') });
  rmSync(root, { recursive: true });
  const launched = await supervisor.launch(spec('a', ['sleep', '1000'], { resources: { cpu: 0.5 } }));
  expect(launched.phase).toBe('running');
  expect(launched.notEnforced).toEqual([expect.stringMatching(/^cpu 0.5: /)]);
});
