import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PsEntry } from '@dreamnet/contracts';
import { endAgents } from '@dreamnet/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../src/cli/client.js';

const BIN = fileURLToPath(new URL('../../bin/dreamnet.mjs', import.meta.url));
const IN_OWN_MOUNTS = ['--map-root-user', '--mount', 'sh', '-c'];
const MOUNT = 'mount -t tmpfs -o size=16m none "$1"';
const QUICK = { restart: { intensity: 1000, period: '10s', backoff: { initial: '50ms', max: '200ms' } } };
const FLEET = {
  version: 1,
  agents: {
    quiet: { runtime: 'custom', command: ['sleep', '1000'], ...QUICK },
    chatty: { runtime: 'custom', command: ['sh', '-c', 'while :; do echo hello; sleep 0.1; done'], ...QUICK },
  },
};

async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const end = performance.now() + 20_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > end) throw new TypeError(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A fleet whose state is on a small disk of its own, which lives as long as one process that sees it. */
function prepare() {
  const disk = mkdtempSync(join(tmpdir(), 'dreamnet-disk-'));
  // Holds the disk while no daemon runs.
  const holder = spawn('unshare', [...IN_OWN_MOUNTS, `${MOUNT} && exec sleep 1000`, 'sh', disk], {
    stdio: 'ignore',
  });
  const inside = (path: string) => join(`/proc/${holder.pid}/root`, disk, path);
  const started: ChildProcess[] = [];
  onTestFinished(async () => {
    for (const child of started) child.kill('SIGKILL');
    if (existsSync(inside('state/instance')))
      endAgents(readFileSync(inside('state/instance'), 'utf8').trim());
    holder.kill('SIGKILL');
    rmSync(disk, { recursive: true, force: true });
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

function fillDisk(path: string): void {
  for (const kilobytes of [512, 64, 4, 1])
    for (;;) {
      try {
        writeFileSync(path, Buffer.alloc(kilobytes * 1024, 'x'), { flag: 'a' });
      } catch {
        break;
      }
    }
}

test('full disk: agents go on and are restarted; a daemon that dies then is refused in words and later adopts them all', {
  timeout: 60_000,
}, async (ctx) => {
  const canMount = spawnSync('unshare', [...IN_OWN_MOUNTS, MOUNT, 'sh', tmpdir()]).status === 0;
  ctx.skip(!canMount, 'needs a mount namespace for a small disk');
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
