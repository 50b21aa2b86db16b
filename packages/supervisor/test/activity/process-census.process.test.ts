import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import type { UsageReading } from '@dreamnet/contracts';
import { createFakeClock, fixtureCommand } from '@dreamnet/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { ActivityMeter } from '../../src/activity/activity-meter.js';
import { createProcessCensus } from '../../src/activity/process-census.js';
import { formatMarker, MARKER_VARIABLE } from '../../src/linux/marker.js';
import { readProcess } from '../../src/linux/process-table.js';

/** A shell in a session of its own that does what it is told, line by line, and answers each with `done`. */
async function openShell(env: Record<string, string> = {}) {
  const child = spawn('/bin/sh', [], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { PATH: '/usr/bin:/bin', ...env },
  });
  onTestFinished(() => end(child));
  const pid = child.pid ?? 0;
  const run = async (line: string): Promise<string> => {
    child.stdin.write(`${line}\necho done\n`);
    let text = '';
    while (!text.endsWith('done\n'))
      text += await new Promise<string>((resolve) => child.stdout.once('data', (data) => resolve(`${data}`)));
    return text.slice(0, -5).trim();
  };
  await run('');
  return { child, pid, startTicks: readProcess(pid)?.startTicks ?? 0, run };
}

function end(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  process.kill(-child.pid, 'SIGKILL');
}

/**
 * Opened after 520 processes that are no part of it, of which a first look takes 500, in the order of their numbers: after them
 * in that order, too, so once more when the numbers began anew meanwhile.
 */
async function openAfterCrowd(): ReturnType<typeof openShell> {
  const crowd = await openShell();
  await crowd.run('i=0; while [ $i -lt 520 ]; do sleep 1000 > /dev/null & i=$((i+1)); done');
  const shell = await openShell();
  return shell.pid > crowd.pid ? shell : openAfterCrowd();
}

/** Descriptors of this process that lead into /proc. */
function keptOpen(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return /^\/proc\/\d+\/(stat|io|fd)$/.test(readlinkSync(`/proc/self/fd/${fd}`));
    } catch {
      return false; // the one by which we look
    }
  }).length;
}

/** A reading that there must be. */
function usageOf(meter: ActivityMeter): UsageReading {
  const usage = meter.usage();
  if (!usage) throw new TypeError('nothing of it was found');
  return usage;
}

function watched() {
  const clock = createFakeClock();
  const census = createProcessCensus(clock);
  const later = async () => clock.advance(1000);
  return { census, later };
}

test('census: counts the whole tree, also what left the session, and not who is foreign', async () => {
  const { census, later } = watched();
  const shell = await openShell();
  await openShell();
  const meter = new ActivityMeter(shell, census);
  expect(meter.usage()).toMatchObject({ processes: 1, spanMs: 0, cpu: null });
  const hidden = await shell.run('setsid sleep 1000 >/dev/null & echo $!');
  onTestFinished(() => void process.kill(Number(hidden), 'SIGKILL'));
  await later();
  const usage = usageOf(meter);
  expect(usage).toMatchObject({ processes: 2, spanMs: 1000 });
  expect(usage.residentBytes).toBeGreaterThan(100_000);
  expect(usage.openFiles).toBeGreaterThanOrEqual(4);
  expect(meter.members.map(({ pid }) => pid)).toContain(Number(hidden));
});

test('census: whoever lost its parent before it was seen is known by its mark', async () => {
  const { census } = watched();
  const marker = { instanceId: 'i', processId: 'p', generation: 3 };
  const shell = await openShell({ [MARKER_VARIABLE]: formatMarker(marker) });
  const orphan = Number(await shell.run('(setsid sleep 1000 >/dev/null & echo $!)'));
  onTestFinished(() => void process.kill(orphan, 'SIGKILL'));
  const meter = new ActivityMeter({ ...shell, marker }, census);
  expect(usageOf(meter).processes).toBe(2);
  const other = new ActivityMeter(
    { ...shell, marker: { ...marker, generation: 4 } },
    createProcessCensus(createFakeClock()),
  );
  expect(usageOf(other).processes).toBe(1);
});

test('census: a process seen as foreign is counted once its tree is followed', async () => {
  const { census, later } = watched();
  const first = await openShell();
  const second = await openShell();
  new ActivityMeter(first, census).usage();
  await later();
  const meter = new ActivityMeter(second, census);
  expect(usageOf(meter).processes).toBe(1);
});

test('census: counters never fall when a child ends, and rates are taken between two readings', async () => {
  const { census, later } = watched();
  const shell = await openShell();
  const meter = new ActivityMeter(shell, census);
  meter.usage();
  const child = await shell.run('head -c 30000000 /dev/zero > /dev/null & wait; echo over');
  expect(child).toBe('over');
  await later();
  const usage = usageOf(meter);
  await later();
  const after = usageOf(meter);
  expect(after.cpuMs).toBeGreaterThanOrEqual(usage.cpuMs);
  expect(after.ioBytes).toBeGreaterThanOrEqual(usage.ioBytes);
  expect(after.cpu).toBeCloseTo((after.cpuMs - usage.cpuMs) / 1000, 3);
});

test('census: within half a second everybody is answered from one reading', async () => {
  const { census } = watched();
  const shell = await openShell();
  const meter = new ActivityMeter(shell, census);
  const first = usageOf(meter);
  await shell.run('sleep 1000 > /dev/null &');
  expect(meter.usage()).toBe(first);
});

test('census: keeps three descriptors a process, and none of a tree that was let go', async () => {
  const { census, later } = watched();
  const before = keptOpen();
  const shell = await openShell();
  await shell.run('sleep 1000 > /dev/null & sleep 1000 > /dev/null &');
  const meter = new ActivityMeter(shell, census);
  meter.usage();
  expect(keptOpen() - before).toBe(9);
  await shell.run('kill $!; wait $! 2>/dev/null');
  await later();
  expect(usageOf(meter).processes).toBe(2);
  expect(keptOpen() - before).toBe(6);
  meter.end();
  expect(keptOpen() - before).toBe(0);
  await later();
  expect(meter.usage()).toBe(meter.last);
});

test('census: a silent but busy program moves its counters', async () => {
  const { census, later } = watched();
  const [file, ...args] = fixtureCommand('silent-but-busy.sh');
  const child = spawn(file, args, { detached: true, stdio: 'ignore' });
  onTestFinished(() => end(child));
  const pid = child.pid ?? 0;
  const meter = new ActivityMeter({ pid, startTicks: readProcess(pid)?.startTicks ?? 0 }, census);
  const first = usageOf(meter);
  // The kernel's own clock must go on: it counts in hundredths of a second.
  await expect
    .poll(
      async () => {
        await later();
        return usageOf(meter).cpuMs;
      },
      { timeout: 20_000 },
    )
    .toBeGreaterThan(first.cpuMs);
});

test('census: found a few a turn, a tree is the same as when it was found at once', async () => {
  const { census } = watched();
  const shell = await openShell();
  await shell.run('sleep 1000 > /dev/null & sleep 1000 > /dev/null &');
  const meter = new ActivityMeter(shell, census);
  const before = keptOpen();
  let turns = 1;
  while (!census.findSome(5)) turns += 1;
  expect(turns).toBeGreaterThan(1);
  expect(keptOpen() - before).toBe(9);
  expect(usageOf(meter).processes).toBe(3);
  meter.end();
});

test('census: of a tree that was not looked at yet nothing is told, rather than that it uses nothing', async () => {
  const { census, later } = watched();
  const shell = await openAfterCrowd();
  const meter = new ActivityMeter(shell, census);
  expect(meter.usage()).toBeUndefined();
  expect(meter.sample()).toBeUndefined();
  await later();
  expect(usageOf(meter)).toMatchObject({ processes: 1, spanMs: 0, cpu: null });
});

test('census: of more processes than one look takes a tree has its reading as of when it was read', async () => {
  const { census, later } = watched();
  const meters: ActivityMeter[] = [];
  for (let count = 0; count < 3; count += 1) {
    const shell = await openShell();
    await shell.run('i=0; while [ $i -lt 800 ]; do sleep 1000 > /dev/null & i=$((i+1)); done');
    meters.push(new ActivityMeter(shell, census));
  }
  while (!census.findSome(1000));
  const spans = () => meters.map((meter) => usageOf(meter).spanMs);
  expect(spans()).toEqual([0, 0, 0]);
  await later();
  // Two of 801 fit into one look, and whoever was left out comes first in the next.
  expect(spans()).toEqual([1000, 0, 1000]);
  await later();
  expect(spans()).toEqual([1000, 2000, 1000]);
});
