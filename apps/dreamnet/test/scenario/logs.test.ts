import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogEntry } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import type { AgentDescription } from '../../src/http/views.js';
import { type DaemonProcess, daemonOfTest, startDaemon } from './daemon-process.js';

const JSON_WRITER = `setInterval(() => {
  console.log(JSON.stringify({ level: 'info', time: Date.now(), msg: 'tick' }));
  console.error('WARN the key hunter2-and-more is old');
}, 50);`;

async function linesOf(it: DaemonProcess, path: string, count: number): Promise<LogEntry[]> {
  const controller = new AbortController();
  const entries: LogEntry[] = [];
  for await (const line of it.client('viewer').lines(path, controller.signal)) {
    if (line !== '') entries.push(JSON.parse(line) as LogEntry);
    if (entries.length >= count) controller.abort();
  }
  return entries;
}

test('logs: several agents merged and followed over HTTP, by level and text, secrets masked', async () => {
  const daemon = await startDaemon({
    agents: {
      a: { runtime: 'node', command: ['node', '-e', JSON_WRITER] },
      b: { runtime: 'node', command: ['node', '-e', JSON_WRITER] },
    },
  });
  const followed = await linesOf(daemon, '/api/logs?follow=true&lines=0', 20);
  expect(new Set(followed.map(({ agent }) => agent))).toEqual(new Set(['a', 'b']));
  expect(new Set(followed.map(({ level }) => level))).toEqual(new Set(['info', 'warn']));
  const warned = await linesOf(daemon, '/api/logs?agents=a&level=warn&lines=3', 100);
  expect(warned).toHaveLength(3);
  expect(warned[0]).toMatchObject({ agent: 'a', stream: 'err', level: 'warn' });
  const found = await linesOf(daemon, '/api/logs?grep=TICK&since=1m&until=0ms', 100_000);
  expect(found.length).toBeGreaterThan(2);
  expect(found.every(({ message }) => message === 'tick')).toBe(true);
  const times = found.map(({ at }) => at);
  expect([...times].sort((one, other) => one - other)).toEqual(times);
});

test('logs: what cannot be meant is refused by name', async () => {
  const daemon = await startDaemon({ agents: { a: { runtime: 'custom', command: ['sleep', '1000'] } } });
  for (const [query, code] of [
    ['level=loud', 'DN_API_BAD_INPUT'],
    ['since=yesterday', 'DN_API_BAD_INPUT'],
    ['lines=-1', 'DN_API_BAD_INPUT'],
    ['stream=both', 'DN_API_BAD_INPUT'],
    ['agents=nobody', 'DN_API_NOT_FOUND'],
  ])
    await expect(linesOf(daemon, `/api/logs?${query}`, 1)).rejects.toMatchObject({ code });
});

test('logs: the last words of an agent that died while the daemon was away are with its exit', async () => {
  const daemon = daemonOfTest({ agents: { a: { runtime: 'custom', command: ['sh', '-c', './agent.sh'] } } });
  const script =
    'echo started >&2; while [ ! -e die ]; do sleep 0.05; done; rm die; echo "no model left" >&2; exit 3';
  writeFileSync(join(daemon.folder, 'agent.sh'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  await daemon.up();
  await daemon.until('the first line', () => daemon?.cli('logs', 'a').stdout.includes('started'));
  await daemon.kill('SIGKILL');
  writeFileSync(join(daemon.folder, 'die'), '');
  await daemon.until('its end', () => daemon?.processes().size === 0);
  await daemon.up();
  const { lastExit } = await daemon.client().get<AgentDescription>('/api/agents/a');
  expect(lastExit?.stderrTail.at(-1)).toBe('no model left');
  await daemon.until('the first line of the next one', () =>
    daemon?.cli('logs', 'a').stdout.includes('started\nno model left\nstarted\n'),
  );
});

test('hostile: a flood neither fills the disk nor stalls the daemon, and its newest lines can be asked for', async () => {
  const size = 1024 * 1024;
  const daemon = await startDaemon({
    logs: { size: '1MiB', keep: 2 },
    agents: { flood: { runtime: 'custom', command: ['yes', 'level=info msg=flood'] } },
  });
  const folder = join(daemon.stateDir, 'logs');
  await daemon.until('two cuts', () => readdirSync(folder).includes('flood.out.log.2'));
  let slowestMs = 0;
  for (let count = 0; count < 100; count += 1) {
    const askedMs = performance.now();
    await daemon.client().get('/livez');
    slowestMs = Math.max(slowestMs, performance.now() - askedMs);
    for (const name of readdirSync(folder).filter((name) => /\.log\.\d+$/.test(name)))
      expect(statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0).toBeLessThan(3 * size);
  }
  // Far above what it takes, on a machine with much else to do: a daemon that copies a gigabyte would not get by.
  expect(slowestMs).toBeLessThan(2000);
  // The newest may be half written. Between asking and reading they may have been cut away: then that is what is said.
  const [entry] = await linesOf(daemon, '/api/logs?lines=2', 2);
  expect(entry).toMatchObject({ agent: 'flood', line: expect.stringMatching(/level=info|bytes were gone/) });
});
