import { spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { SpareWatch } from '../../src/spare/spare-watch.js';
import { TurnLine } from '../../src/spare/turn-line.js';

/** A watch on a real FIFO that the test itself waits on, or does not. */
function rig() {
  const dir = mkdtempSync(join(tmpdir(), 'dreamnet-line-'));
  const path = join(dir, 'a.1');
  spawnSync('mkfifo', [path]);
  const clock = createFakeClock();
  const line = new TurnLine(path);
  const told: string[] = [];
  const watch = new SpareWatch(clock, {
    onWaits: () => told.push('waits'),
    onUnfit: (problem) => told.push(problem),
    onHung: (problem) => told.push(problem),
  });
  const open: number[] = [];
  onTestFinished(() => {
    watch.stop();
    line.remove();
    for (const fd of open) closeSync(fd);
    rmSync(dir, { recursive: true });
  });
  const wait = () => {
    const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    open.push(fd);
    return { read: () => readSync(fd, Buffer.alloc(8)) };
  };
  return { clock, line, told, watch, wait };
}

test('spare watch: who opens the line waits; who has not in time does not know how to', async () => {
  const { clock, line, told, watch, wait } = rig();
  watch.start({ line }, 1000);
  await clock.advance(500);
  expect(told).toEqual([]);
  wait();
  await clock.advance(20);
  expect(told).toEqual(['waits']);
  const other = rig();
  other.watch.start({ line: other.line }, 1000);
  await other.clock.advance(1020);
  expect(other.told).toEqual([expect.stringContaining('does not know how to wait')]);
});

test('spare watch: who reads the questions goes on waiting; who leaves one unread hangs', async () => {
  const { clock, line, told, watch, wait } = rig();
  const waiting = wait();
  watch.start({ line }, 1000);
  for (let round = 0; round < 3; round += 1) {
    expect(waiting.read()).toBe(1);
    await clock.advance(5000);
  }
  expect(told).toEqual(['waits']);
  await clock.advance(5000);
  expect(told).toEqual(['waits', 'it has not read its line for 5 s']);
});
