import { spawn } from 'node:child_process';
import { once } from 'node:events';
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
  expect(alive).toMatchObject({ session: pid });
  expect(alive?.startTicks).toBeGreaterThan(0);
  expect(hasEnded(alive)).toBe(false);
  process.kill(pid, 'SIGKILL');
  await once(child, 'exit');
  expect(readProcessStat(pid)).toBeUndefined();
  expect(hasEnded(readProcessStat(pid))).toBe(true);
  expect(readProcessStat(process.pid)?.state).toMatch(/^[RS]$/);
});
