import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PsEntry } from '@dreamnet/contracts';
import { endAgents } from '@dreamnet/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../src/cli/client.js';
import { fillDisk, holdSmallDisk, needSmallDisk, until } from './small-disk.js';

const BIN = fileURLToPath(new URL('../../bin/dreamnet.mjs', import.meta.url));
const QUICK = { restart: { intensity: 1000, period: '10s', backoff: { initial: '50ms', max: '200ms' } } };
const FLEET = {
  version: 1,
  agents: {
    quiet: { runtime: 'custom', command: ['sleep', '1000'], ...QUICK },
    chatty: { runtime: 'custom', command: ['sh', '-c', 'while :; do echo hello; sleep 0.1; done'], ...QUICK },
  },
};

/** A fleet whose state is on a small disk of its own, which lives as long as one process that sees it. */
function prepare() {
  const { disk, holder, inside, remove } = holdSmallDisk();
  const started: ChildProcess[] = [];
  onTestFinished(async () => {
    for (const child of started) child.kill('SIGKILL');
    if (existsSync(inside('state/instance')))
      endAgents(readFileSync(inside('state/instance'), 'utf8').trim());
    remove();
  });
  const up = () => {
    const seen = ['--target', String(holder.pid), '--user', '--mount', '--preserve-credentials'];
    const args = ['up', '-f', join(disk, 'dreamnet.yaml'), '--state', join(disk, 'state'), '--port', '0'];
    const child = spawn('nsenter', [...seen, process.execPath, BIN, ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    started.push(child);
    let errors = '';
    child.stderr.on('data', (part) => {
      errors += part;
    });
    const ended = new Promise<string>((resolve) => child.once('exit', () => resolve(errors)));
    return { child, ended };
  };
  const ps = async () => {
    const { url } = JSON.parse(readFileSync(inside('state/daemon.json'), 'utf8')) as { url: string };
    const token = readFileSync(inside('state/tokens/admin'), 'utf8').trim();
    return (await createClient({ url, token }).get<{ agents: PsEntry[] }>('/api/ps')).agents;
  };
  const running = () =>
    until('all agents to run', async () => {
      const agents = await ps().catch(() => []);
      const isWhole = agents.length === 2 && agents.every(({ phase, pid }) => phase === 'running' && pid);
      return isWhole && new Map(agents.map(({ id, pid }) => [id, pid ?? 0]));
    });
  return { holder, disk, inside, up, running };
}

test('full disk: agents go on and are restarted; a daemon that dies then is refused in words and later adopts them all', {
  timeout: 60_000,
}, async (ctx) => {
  needSmallDisk(ctx);
  const { holder, disk, inside, up, running } = prepare();
  await until('the disk', () => readFileSync(`/proc/${holder.pid}/mounts`, 'utf8').includes(disk));
  writeFileSync(inside('dreamnet.yaml'), JSON.stringify(FLEET));
  const first = up();
  const before = await running();

  fillDisk(inside('ballast'));
  process.kill(before.get('quiet') ?? 0, 'SIGKILL');
  const onFullDisk = await until('the killed one to be back', async () => {
    const pids = await running();
    return pids.get('quiet') !== before.get('quiet') && pids;
  });
  expect(onFullDisk.get('chatty')).toBe(before.get('chatty'));

  first.child.kill('SIGKILL');
  await first.ended;
  fillDisk(inside('ballast'));
  expect(await up().ended).toMatch(/DN_\w+.*(no space left|No space left)/);

  rmSync(inside('ballast'));
  up();
  expect(await running()).toEqual(onFullDisk);
});
