import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type { PsEntry } from '@dreamnet/contracts';
import { expect, onTestFinished, test } from 'vitest';
import { prepareDaemon } from './daemon-process.js';

const LIMIT = 128;
const agent = { runtime: 'custom', command: ['sleep', '1000'] };

test('few descriptors: twice as many connections as files may be open leave enough to restart an agent, and it answers when they are gone', async () => {
  const it = prepareDaemon({ agents: { a: agent, b: agent, c: agent } });
  const sockets: Socket[] = [];
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await it.remove();
  });
  await it.up({ shell: `ulimit -n ${LIMIT}` });
  await it.until('the agents to run', () => it.processes().size === 3);
  const { port } = new URL(it.access().url);
  const open = () => readdirSync(`/proc/${it.pid()}/fd`).length;
  for (let count = 0; count < 2 * LIMIT; count += 1) {
    // Half a request each, so that nothing is answered and closed.
    const socket = connect(Number(port), '127.0.0.1', () => socket.write('GET /livez HTTP/1.1\r\n'));
    socket.on('error', () => undefined);
    sockets.push(socket);
  }
  const quiet = open();
  await it.until('the daemon to take as many as it may', () => open() > quiet + 10);
  const [killed = 0] = it.processes().get('a') ?? [];
  process.kill(killed, 'SIGKILL');
  await it.until('the agent to run again', () => {
    const [pid] = it.processes().get('a') ?? [];
    return pid !== undefined && pid !== killed;
  });
  for (const socket of sockets) socket.destroy();
  const ps = await it.until('an answer', () =>
    it
      .client()
      .get<{ agents: PsEntry[] }>('/api/ps')
      .catch(() => undefined),
  );
  expect(ps.agents.map(({ id, phase, restarts }) => [id, phase, restarts])).toEqual([
    ['a', 'running', 1],
    ['b', 'running', 0],
    ['c', 'running', 0],
  ]);
  expect([...it.processes().values()].map((pids) => pids.length)).toEqual([1, 1, 1]);
});
