import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fixtureCommand } from '@dreamnet/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { findDevice } from '../src/resources/block-device.js';
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
  const { resources: known } = exited?.exit ?? {};
  expect(known).toMatchObject({ shortages: ['memory'], memoryKills: 1, limits: resources });
  expect(known?.memoryPeakBytes).toBeGreaterThan(32 << 20);
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

test('pids: forks over the limit are refused, and the exit says so', async (ctx) => {
  if (!hasMemoryCgroup()) return ctx.skip('cgroups are not writable here');
  const { supervisor, spec, events } = await startHarness();
  const forks = 'for n in 1 2 3 4 5 6 7 8 9; do sleep 1000 & done; exit 7';
  await supervisor.launch(spec('a', ['sh', '-c', forks], { resources: { pids: 4 } }));
  const [exited] = await events.atLeast('process.exited', 1, 'a');
  expect(exited?.exit.resources?.shortages).toEqual(['pids']);
  expect(exited?.exit.resources?.forksRefused).toBeGreaterThan(0);
  expect(exited?.exit.reason).toBe('its limit of pids refused it new processes');
});

test('cpu: a process is held back, and the time is counted', async (ctx) => {
  if (!hasMemoryCgroup()) return ctx.skip('cgroups are not writable here');
  const { supervisor, spec, events } = await startHarness();
  const spin = 'n=0; while [ $n -lt 200000 ]; do n=$((n+1)); done; exit 3';
  await supervisor.launch(spec('a', ['sh', '-c', spin], { resources: { cpu: 0.1 } }));
  const [exited] = await events.atLeast('process.exited', 1, 'a');
  expect(exited?.exit.resources?.throttledMs).toBeGreaterThan(0);
  expect(exited?.exit.resources?.shortages).toEqual([]);
});

test('io: reading past the page cache is slowed to the limit', async (ctx) => {
  if (!hasMemoryCgroup()) return ctx.skip('cgroups are not writable here');
  const { supervisor, spec, events, dir } = await startHarness();
  const found = findDevice(dir);
  if ('problem' in found) return ctx.skip(found.problem);
  const bytes = 4 << 20;
  const file = join(dir, 'large');
  writeFileSync(file, Buffer.alloc(bytes));
  const fd = openSync(file, 'r');
  fsyncSync(fd);
  closeSync(fd);
  const read = ['dd', `if=${file}`, 'of=/dev/null', 'bs=256k', 'iflag=direct'];
  const once = { ...spec('a', []).restart, type: 'temporary' as const };
  const limit = { ioBytesPerSecond: bytes / 2 };
  await supervisor.launch(spec('a', read, { resources: limit, restart: once }));
  const startedAt = Date.now();
  const [exited] = await events.atLeast('process.exited', 1, 'a');
  if (exited?.exit.code !== 0) return ctx.skip('this file system cannot be read directly');
  // Not how fast we are but how slow the kernel makes it: two seconds' worth of reading, less one period of its clock.
  expect(Date.now() - startedAt).toBeGreaterThan(1000);
});

test('use: of the whole tree, with the limits in force', async () => {
  const { supervisor, spec } = await startHarness();
  await supervisor.launch(spec('a', ['sh', '-c', 'sleep 1000 & echo up; wait']));
  await logLine(supervisor, 'a', /up/);
  expect(supervisor.usage('a')).toMatchObject({ processes: 2, limits: {}, cgroupMemoryBytes: null });
  expect(supervisor.usage('nobody')).toBeUndefined();
  await supervisor.stop('a', 0);
  expect(supervisor.usage('a')).toBeUndefined();
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
