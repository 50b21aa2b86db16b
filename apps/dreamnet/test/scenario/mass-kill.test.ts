import { expect, test } from 'vitest';
import { startDaemon } from './daemon-process.js';

const AGENTS = 100;

test('mass kill: agents that are all killed at once are all back, none twice, and the daemon answers meanwhile', async () => {
  const names = Array.from({ length: AGENTS }, (_, n) => `agent-${n}`);
  const command = ['sh', '-c', 'while :; do sleep 1000; done'];
  const own = await startDaemon({
    agents: Object.fromEntries(names.map((name) => [name, { runtime: 'custom', command, protocol: 'none' }])),
  });
  const pids = () => [...own.processes().values()].flat();
  await own.until('all agents', () => own.processes().size === AGENTS);
  const before = new Set(pids());
  for (const pid of before) process.kill(-pid, 'SIGKILL');
  await own.until('all agents again', async () => {
    // Fails the test when the daemon does not answer.
    await own.client().get('/livez');
    return own.processes().size === AGENTS && pids().every((pid) => !before.has(pid));
  });
  expect([...own.processes().keys()].sort()).toEqual([...names].sort());
  expect(pids()).toHaveLength(AGENTS);
  // Those that were late would be doubled now: a restart takes at most a second when it is the first.
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  expect(pids()).toHaveLength(AGENTS);
});
