import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ProcessIdentity } from '@dreamnet/contracts';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { createLivenessWatch, type LivenessReading } from '../../src/daemon/liveness-watch.js';
import { readProcessStat } from '../../src/process-stat.js';

async function startSleeper(): Promise<ChildProcess & { pid: number }> {
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  return child as ChildProcess & { pid: number };
}

function identityOf(pid: number): ProcessIdentity {
  return { pid, startTicks: readProcessStat(pid)?.startTicks ?? -1, bootId: 'this one' };
}

function createWatch() {
  const clock = createFakeClock();
  const readings: LivenessReading[] = [];
  const watch = createLivenessWatch(clock, (reading) => readings.push(reading));
  const names = () => readings.splice(0).map(({ name }) => name);
  const start = (
    name: string,
    everyMs: number,
    identity: () => ProcessIdentity | null,
    isTold = () => false,
  ) => watch.watch({ name, everyMs, identity, isTold });
  return { clock, readings, watch, names, start };
}

test('liveness: everybody is looked at once at once and then by their own interval', async () => {
  const { clock, watch, names, start } = createWatch();
  const me = () => identityOf(process.pid);
  start('a', 1000, me);
  await clock.advance(400);
  start('b', 1000, me);
  start('slow', 3000, me);
  expect(names()).toEqual(['a', 'b', 'slow']);
  await clock.advance(600);
  expect(names()).toEqual(['a', 'b']);
  await clock.advance(1000);
  expect(names()).toEqual(['a', 'b']);
  await clock.advance(1400);
  expect(names().sort()).toEqual(['a', 'b', 'slow']);
  watch.unwatch('a');
  await clock.advance(1000);
  expect(names()).toEqual(['b']);
  watch.stop();
  await clock.advance(10_000);
  expect(names()).toEqual([]);
});

test('liveness: a fleet shares a few timers, one for two hundred at most', async () => {
  const { clock, watch, names, start } = createWatch();
  for (let agent = 0; agent < 450; agent += 1) start(`a${agent}`, 1000, () => identityOf(process.pid));
  expect(names()).toHaveLength(450);
  expect(clock.pendingTimers).toBe(3);
  await clock.advance(1000);
  expect(new Set(names()).size).toBe(450);
  for (let agent = 0; agent < 200; agent += 1) watch.unwatch(`a${agent}`);
  expect(clock.pendingTimers).toBe(2);
  watch.stop();
  expect(clock.pendingTimers).toBe(0);
});

test('liveness: who is told of is looked at then, otherwise seldom, and by its interval when nobody tells any more', async () => {
  const { clock, watch, names, start } = createWatch();
  let isTold = true;
  start(
    'a',
    1000,
    () => identityOf(process.pid),
    () => isTold,
  );
  expect(names()).toEqual(['a']);
  await clock.advance(14_000);
  expect(names()).toEqual([]);
  watch.lookAt('a');
  watch.lookAt('nobody');
  expect(names()).toEqual(['a']);
  await clock.advance(15_000);
  expect(names()).toEqual(['a']);
  for (let told = 0; told < 1000; told += 1) watch.lookAt('a');
  expect(names()).toEqual([]);
  await clock.advance(250);
  expect(names()).toEqual(['a']);
  isTold = false;
  await clock.advance(2000);
  expect(names()).toEqual(['a', 'a']);
  for (let told = 0; told < 3; told += 1) watch.lookAt('a');
  expect(names()).toEqual(['a']);
  watch.stop();
  expect(clock.pendingTimers).toBe(0);
  watch.lookAt('a');
  expect(names()).toEqual([]);
});

test('liveness: who is taken away while the others are looked at is not looked at any more', async () => {
  const clock = createFakeClock();
  const seen: string[] = [];
  const watch = createLivenessWatch(clock, ({ name }) => {
    seen.push(name);
    if (seen.length > 2) watch.unwatch('b');
  });
  for (const name of ['a', 'b'])
    watch.watch({ name, everyMs: 1000, identity: () => identityOf(process.pid), isTold: () => false });
  await clock.advance(1000);
  expect(seen).toEqual(['a', 'b', 'a']);
  watch.stop();
});

test('liveness: a stopped process is suspended, one that has ended or whose number is another is not told of', async () => {
  const child = await startSleeper();
  const { clock, readings, watch, start } = createWatch();
  const identity = identityOf(child.pid);
  start('a', 1000, () => identity);
  start('other', 1000, () => ({ ...identity, startTicks: identity.startTicks + 1 }));
  start('none', 1000, () => null);
  expect(readings.splice(0)).toMatchObject([{ name: 'a', state: 'alive', identity }]);
  child.kill('SIGSTOP');
  while (readProcessStat(child.pid)?.state !== 'T') await new Promise(setImmediate);
  await clock.advance(1000);
  expect(readings.splice(0)).toEqual([{ name: 'a', state: 'suspended', kernelState: 'T', identity }]);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await clock.advance(1000);
  expect(readings).toEqual([]);
  watch.stop();
});
