import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { hasEnded, readProcessStat } from '../src/process-stat.js';

test('process stat: of a living process and of one that is gone', async () => {
  const child = spawn('/bin/sh', ['-c', 'exec sleep 1000'], { stdio: 'ignore', detached: true });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  const alive = readProcessStat(pid);
  expect(alive).toMatchObject({ session: pid, parent: process.pid });
  expect(alive?.startTicks).toBeGreaterThan(0);
  expect(hasEnded(alive)).toBe(false);
  process.kill(pid, 'SIGKILL');
  await once(child, 'exit');
  expect(readProcessStat(pid)).toBeUndefined();
  expect(hasEnded(readProcessStat(pid))).toBe(true);
  expect(readProcessStat(process.pid)?.state).toMatch(/^[RS]$/);
});

test('process stat: a name with brackets and spaces does not shift the fields', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dreamnet-stat-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const program = join(folder, 'a) R 1 2 (b');
  symlinkSync('/bin/sleep', program);
  const child = spawn(program, ['1000'], { stdio: 'ignore', detached: true });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  expect(text).toContain('(a) R 1 2 (b)');
  const startTicks = Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[19]);
  expect(readProcessStat(pid)).toMatchObject({ session: pid, startTicks });
});
