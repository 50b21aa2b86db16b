import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ResourceLimits } from '@dreamnet/contracts';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { deviceNumber, findDevice } from '../../src/resources/block-device.js';
import { readFigures } from '../../src/resources/cgroup-figures.js';
import { ownCgroup } from '../../src/resources/cgroup-place.js';
import { confine } from '../../src/resources/cgroups.js';
import { createMachineGauge } from '../../src/resources/machine-gauge.js';
import { parsePressure } from '../../src/resources/pressure.js';

/*
 * No kernel stands behind these folders: they only look like cgroups, so that the paths this machine does not have are
 * run, too. That limits hold is tested by limits.process.test.ts with what is really there.
 */

const INSTANCE = { instanceId: 'i', processId: 'p', envNames: [], cwd: '/' };
const OWN = 'dreamnet-i/p';

function folder(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'dreamnet-cgroup-like-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

/** A kernel fills a new cgroup with files by itself; a plain folder must have them beforehand. */
function v2Like(controllers: string, own: Record<string, string> = {}): string {
  return folder({
    'cgroup.controllers': controllers,
    'cgroup.procs': '',
    'cgroup.subtree_control': controllers,
    'dreamnet-i/cgroup.subtree_control': controllers,
    ...Object.fromEntries(
      ['memory.max', 'memory.swap.max', 'cpu.max', 'pids.max', 'cgroup.kill', 'cgroup.procs'].map((file) => [
        `${OWN}/${file}`,
        '',
      ]),
    ),
    ...Object.fromEntries(Object.entries(own).map(([file, text]) => [`${OWN}/${file}`, text])),
  });
}

const LIMITS: ResourceLimits = { memoryBytes: 64 << 20, cpu: 0.5, pids: 20 };

test('v2: every limit is written to its file, and one directory is entered', () => {
  const root = v2Like('cpu memory pids');
  const made = confine({ ...INSTANCE, root, limits: LIMITS });
  const read = (file: string) => readFileSync(join(root, OWN, file), 'utf8');
  expect(made.notEnforced).toEqual([]);
  expect(made.limits).toEqual(LIMITS);
  expect(['memory.max', 'memory.swap.max', 'cpu.max', 'pids.max'].map(read)).toEqual([
    ...['67108864', '0', '50000 100000', '20'],
  ]);
  expect(made.prefix.at(-1)).toBe(join(root, OWN));
  made.killAll();
  expect(read('cgroup.kill')).toBe('1');
});

test('v2: a controller that is not handed on yet is, above and in our own folder', () => {
  const root = v2Like('memory');
  for (const path of ['cgroup.subtree_control', 'dreamnet-i/cgroup.subtree_control'])
    writeFileSync(join(root, path), 'cpu');
  confine({ ...INSTANCE, root, limits: { memoryBytes: 1 << 20 } });
  for (const path of ['cgroup.subtree_control', 'dreamnet-i/cgroup.subtree_control'])
    expect(readFileSync(join(root, path), 'utf8')).toBe('+memory');
});

test('v2: kills, peak, refused forks, held back time and pressure are read', () => {
  const pressure =
    'some avg10=12.50 avg60=1.00 avg300=0.00 total=9\nfull avg10=3.25 avg60=0.00 avg300=0.00 total=1\n';
  const root = v2Like('cpu memory pids', {
    'memory.events': 'low 0\nhigh 0\nmax 9\noom 2\noom_kill 2\noom_group_kill 0\n',
    ...{ 'memory.peak': '1234\n', 'memory.current': '1000\n', 'pids.events': 'max 7\n' },
    ...{ 'cpu.stat': 'usage_usec 5\nnr_throttled 3\nthrottled_usec 45000\n', 'memory.pressure': pressure },
  });
  const made = confine({ ...INSTANCE, root, limits: LIMITS });
  expect(made.figures()).toEqual({
    ...{ memoryKills: 2, memoryPeakBytes: 1234, forksRefused: 7, throttledMs: 45 },
    pressure: { memory: { some: 12.5, full: 3.25 } },
  });
  expect(made.memoryBytes()).toBe(1000);
});

test('v1: every controller has a directory of its own, all of them are entered', () => {
  const files = {
    'memory/cgroup.procs': '',
    [`memory/${OWN}/memory.limit_in_bytes`]: '',
    'cpu/cgroup.procs': '',
    [`cpu/${OWN}/cpu.cfs_period_us`]: '',
    [`cpu/${OWN}/cpu.cfs_quota_us`]: '',
  };
  const root = folder(files);
  const made = confine({ ...INSTANCE, root, limits: LIMITS });
  expect(readFileSync(join(root, 'memory', OWN, 'memory.limit_in_bytes'), 'utf8')).toBe('67108864');
  expect(readFileSync(join(root, 'cpu', OWN, 'cpu.cfs_quota_us'), 'utf8')).toBe('50000');
  expect(made.prefix.slice(-2)).toEqual([join(root, 'memory', OWN), join(root, 'cpu', OWN)]);
  expect(made.notEnforced).toEqual([expect.stringMatching(/^pids 20: no cgroup is mounted at .*pids$/)]);
  expect(made.limits).toEqual({ memoryBytes: 64 << 20, cpu: 0.5 });
});

test('v1: figures come from its own files', () => {
  const root = folder({
    'memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 3\n',
    'memory.max_usage_in_bytes': '99\n',
    'cpu.stat': 'nr_periods 9\nnr_throttled 3\nthrottled_time 45000000\n',
  });
  expect(readFigures([root])).toMatchObject({ memoryKills: 3, memoryPeakBytes: 99, throttledMs: 45 });
});

test('a kernel that does not know a limit: it is said, and the others hold', () => {
  const root = v2Like('memory');
  rmSync(join(root, OWN, 'pids.max'));
  const made = confine({ ...INSTANCE, root, limits: { memoryBytes: 5, pids: 3 } });
  expect(made.notEnforced).toEqual([expect.stringMatching(/^pids 3: the kernel does not take pids.max/)]);
  expect(made.limits).toEqual({ memoryBytes: 5 });
});

test('nothing mounted: every limit is said, and no folder is made', () => {
  const root = folder({});
  const made = confine({ ...INSTANCE, root, limits: LIMITS });
  expect(made.notEnforced).toHaveLength(3);
  expect(made.prefix).toEqual([]);
  expect(made.limits).toEqual({});
  expect(existsSync(join(root, 'memory'))).toBe(false);
});

test('v2, handed over: the daemon moves one level down, once, and its agents get what is above', (ctx) => {
  if (process.getuid?.() === 0)
    return ctx.skip('root may write at the top: run as another user to test this');
  const root = v2Like('memory', {});
  const own = 'user.slice/daemon.service';
  const limits = { memoryBytes: 1 << 20 };
  for (const path of [`${own}/${OWN}`, `${own}/dreamnet-daemon`])
    mkdirSync(join(root, path), { recursive: true });
  for (const path of ['', '/dreamnet-daemon', `/${OWN}`])
    writeFileSync(join(root, own + path, 'cgroup.procs'), '');
  for (const path of ['', '/dreamnet-i'])
    writeFileSync(join(root, own + path, 'cgroup.subtree_control'), 'memory');
  writeFileSync(join(root, own, 'cgroup.procs'), '4711\n');
  writeFileSync(join(root, own, OWN, 'memory.max'), '');
  writeFileSync(join(root, 'self'), `0::/${own}\n`);
  chmodSync(root, 0o555);
  onTestFinished(() => chmodSync(root, 0o755));
  const first = confine({ ...INSTANCE, root, limits, ownFile: join(root, 'self') });
  expect(first.notEnforced).toEqual([]);
  expect(first.prefix.at(-1)).toBe(join(root, own, OWN));
  expect(readFileSync(join(root, own, 'dreamnet-daemon/cgroup.procs'), 'utf8')).toBe('4711');
  writeFileSync(join(root, 'self'), `0::/${own}/dreamnet-daemon\n`);
  const second = confine({ ...INSTANCE, root, limits, ownFile: join(root, 'self') });
  expect(second.prefix.at(-1)).toBe(join(root, own, OWN));
});

test('our own cgroup: found by controller, v2 by its empty name', () => {
  const text = '9:name=systemd:/x\n8:pids:/a/b\n1:cpu,cpuacct:/c\n0::/user.slice/me\n';
  expect(ownCgroup(text, 'pids')).toBe('/a/b');
  expect(ownCgroup(text, 'cpu')).toBe('/c');
  expect(ownCgroup(text, '')).toBe('/user.slice/me');
  expect(ownCgroup(text, 'memory')).toBeUndefined();
});

test('device: numbers are those of the kernel, and a partition leads to its disk', () => {
  expect(deviceNumber(0xfe00)).toBe('254:0');
  expect(deviceNumber(0x1_03_02 | 0x10_0000)).toBe('259:258');
  const root = folder({ 'devices/sda/dev': '8:0\n', 'devices/sda/sda1/partition': '1\n' });
  mkdirSync(join(root, 'dev/block'), { recursive: true });
  const own = deviceNumber(statSync(root).dev);
  expect(findDevice(root, root)).toEqual({ problem: expect.stringContaining('lies on no disk of its own') });
  symlinkSync(join(root, 'devices/sda/sda1'), join(root, 'dev/block', own));
  expect(findDevice(root, root)).toEqual({ device: '8:0' });
  rmSync(join(root, 'devices/sda/sda1/partition'));
  expect(findDevice(root, root)).toEqual({ device: own });
  expect(findDevice('/nowhere at all', root)).toEqual({
    problem: expect.stringContaining('cannot be found'),
  });
});

test('pressure: the averages of ten seconds; what is no such file gives nothing', () => {
  expect(parsePressure('some avg10=1.50 avg60=0 avg300=0 total=0\n')).toEqual({ some: 1.5, full: 0 });
  expect(parsePressure('')).toBeUndefined();
});

test('machine: a reading serves all who ask within a tenth of a second', async () => {
  const root = folder({ vmstat: 'pgfault 1\noom_kill 4\n', 'pressure/cpu': 'some avg10=7.00 x\n' });
  const clock = createFakeClock();
  const gauge = createMachineGauge(clock, root);
  expect(gauge.read()).toEqual({ memoryKills: 4, pressure: { cpu: { some: 7, full: 0 } } });
  writeFileSync(join(root, 'vmstat'), 'oom_kill 5\n');
  expect(gauge.read().memoryKills).toBe(4);
  await clock.advance(100);
  expect(gauge.read().memoryKills).toBe(5);
});
