import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PsEntry } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { type DaemonProcess, daemonOfTest, startDaemon } from './daemon-process.js';

/** Runs for ever while a file is there; without it ends at once, and says why. */
const NEEDS_FILE = '[ -e config ] || { echo "no config here" >&2; exit 3; }; exec sleep 1000';
const agent = (rest: object) => ({ runtime: 'custom', command: ['sh', '-c', NEEDS_FILE], ...rest });
const isUp = (it: DaemonProcess, name: string) =>
  it.until(`${name} to run`, async () => {
    const { agents } = await it.client().get<{ agents: PsEntry[] }>('/api/ps');
    return agents.find((one) => one.name === name)?.status === 'running';
  });

test('start and restart: whoever ends at once is no success, and the answer has the exit code and the last words', async () => {
  const it = daemonOfTest({
    agents: {
      loops: agent({ restart: { backoff: { initial: '1h', max: '1h' } } }),
      once: agent({ restart: { policy: 'temporary' } }),
      pool: agent({ replicas: 2, restart: { backoff: { initial: '1h', max: '1h' } } }),
    },
  });
  const config = join(it.folder, 'config');
  writeFileSync(config, '');
  await it.up();
  for (const name of ['loops', 'once', 'pool']) await isUp(it, name);
  rmSync(config);
  for (const [name, next] of [
    ['loops', 'it is tried again'],
    ['once', 'its restart policy does not start it again'],
    ['pool', 'it is tried again'],
  ] as const)
    for (const verb of ['restart', 'start']) {
      const { status, stdout, stderr } = it.cli(verb, name);
      expect([verb, name, status, stdout]).toEqual([verb, name, 1, '']);
      for (const words of ['DN_AGENT_ENDED_AT_ONCE', 'exit code 3', next, 'no config here'])
        expect(stderr).toContain(words);
    }
  expect(it.cli('restart', 'loops', '--json').status).toBe(1);
  writeFileSync(config, '');
  for (const name of ['loops', 'once', 'pool']) {
    const { status, stdout } = it.cli('start', name);
    expect([status, stdout]).toEqual([0, expect.stringMatching(/running/)]);
  }
});

test('start: what ended well and is not to come back has finished, which is a success', async () => {
  const it = await startDaemon({
    agents: {
      quick: { runtime: 'custom', command: ['true'], restart: { policy: 'transient' } },
      short: { runtime: 'custom', command: ['sleep', '0.1'], restart: { policy: 'temporary' } },
      again: { runtime: 'custom', command: ['true'], restart: { backoff: { initial: '1h', max: '1h' } } },
    },
  });
  for (const name of ['quick', 'short'])
    for (const verb of ['start', 'restart']) {
      const { status, stdout, stderr } = it.cli(verb, name);
      expect([verb, name, status, stdout.trim(), stderr]).toEqual([verb, name, 0, `${name}: finished`, '']);
      const answer = JSON.parse(it.cli(verb, name, '--json').stdout) as PsEntry;
      expect(answer).toMatchObject({ status: 'stopped', phase: 'exited', pid: null });
    }
  const { status, stderr } = it.cli('start', 'again');
  expect([status, stderr]).toEqual([1, expect.stringContaining('exit code 0')]);
});

test('start of a group: it is counted when its members have settled, and whoever does not run is named', async () => {
  const it = await startDaemon({
    agents: {
      good: { runtime: 'custom', command: ['sleep', '1000'] },
      bad: agent({ restart: { backoff: { initial: '1h', max: '1h' } } }),
    },
    groups: { both: { members: ['good', 'bad'] } },
  });
  it.cli('stop', 'both');
  for (const verb of ['start', 'restart']) {
    const { status, stdout } = it.cli(verb, 'both');
    expect([verb, status]).toEqual([verb, 1]);
    expect(stdout).toContain('1 of 2 up');
    expect(stdout).toContain('bad does not run');
  }
  writeFileSync(join(it.folder, 'config'), '');
  expect(it.cli('restart', 'both')).toMatchObject({ status: 0 });
});
