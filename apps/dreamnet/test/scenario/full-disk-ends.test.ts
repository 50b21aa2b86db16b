import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PsEntry } from '@dreamnet/contracts';
import { endAgents, findAgents } from '@dreamnet/testkit';
import { expect, onTestFinished, type TestContext, test } from 'vitest';
import { createClient } from '../../src/cli/client.js';
import { runCli } from './daemon-process.js';
import { fillDisk, holdSmallDisk, needSmallDisk, until } from './small-disk.js';

const BIN = fileURLToPath(new URL('../../bin/dreamnet.mjs', import.meta.url));
const sleeper = { runtime: 'custom', command: ['sleep', '1000'] };
const FLEET = { version: 1, agents: { a: sleeper, b: sleeper } };

/** A running fleet whose state is on a small disk of its own, which outlives the daemon. */
async function start(ctx: TestContext) {
  needSmallDisk(ctx);
  const { disk, holder, inside, remove } = holdSmallDisk();
  const started: ChildProcess[] = [];
  onTestFinished(() => {
    for (const child of started) child.kill('SIGKILL');
    if (existsSync(inside('state/instance'))) endAgents(instance());
    remove();
  });
  const instance = () => readFileSync(inside('state/instance'), 'utf8').trim();
  const access = () => ({
    url: (JSON.parse(readFileSync(inside('state/daemon.json'), 'utf8')) as { url: string }).url,
    token: readFileSync(inside('state/tokens/admin'), 'utf8').trim(),
  });
  const client = () => createClient(access());
  const up = async () => {
    const seen = ['--target', String(holder.pid), '--user', '--mount', '--preserve-credentials'];
    const args = ['up', '-f', join(disk, 'dreamnet.yaml'), '--state', join(disk, 'state'), '--port', '0'];
    const child = spawn('nsenter', [...seen, process.execPath, BIN, ...args], { stdio: 'ignore' });
    started.push(child);
    const isEnded = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    await until('the daemon to be ready', async () => {
      if (!existsSync(inside('state/daemon.json'))) return false;
      return client()
        .get('/readyz')
        .then(
          () => true,
          () => false,
        );
    });
    return { child, isEnded };
  };
  const cli = (...args: string[]) => {
    const { url, token } = access();
    return runCli([...args, '--url', url, '--token', token]);
  };
  await until('the disk', () => readFileSync(`/proc/${holder.pid}/mounts`, 'utf8').includes(disk));
  writeFileSync(inside('dreamnet.yaml'), JSON.stringify(FLEET));
  const daemon = await up();
  const running = () => [...findAgents(instance()).keys()].sort();
  await until('all agents to run', () => running().length === 2);
  const audited = (action: string) =>
    cli('events', '--json', '--pattern', 'audit.recorded.>')
      .stdout.split('\n')
      .filter((line) => line.includes(`"action":"${action}"`));
  return { inside, up, cli, client, running, audited, daemon };
}

/** Until the store takes nothing: what its log has room for is used up. */
async function fill(it: Awaited<ReturnType<typeof start>>): Promise<void> {
  await until('a refusal of the store', async () => {
    fillDisk(it.inside('ballast'));
    return it
      .client()
      .send('POST', '/api/agents/a/restart')
      .then(
        () => false,
        () => true,
      );
  });
}

test('full disk: freeze --stop ends who could spend, says what is not written down, and no remedy undoes it', async (ctx) => {
  const it = await start(ctx);
  await fill(it);
  const frozen = it.cli('freeze', '--stop', '--reason', 'it burns');
  expect(frozen.stdout).toContain('ended 2 of 2 that ran');
  expect(frozen.stdout).toMatch(
    /not written down yet .*if the daemon dies before that, the freeze does not hold/,
  );
  expect(frozen.status).toBe(1);
  expect(it.running()).toEqual([]);
  const { agents } = await it.client().get<{ agents: PsEntry[] }>('/api/ps');
  expect(agents.map(({ status }) => status)).toEqual(['stopped', 'stopped']);

  rmSync(it.inside('ballast'));
  await until('the audit entry', () => it.audited('spending.freeze').length === 1);
  expect(it.audited('spending.freeze')[0]).toContain('"askedAt":');
  expect(it.running()).toEqual([]);
  const { alerts } = await it.client().get<{ alerts: object[] }>('/api/alerts');
  expect(JSON.stringify(alerts)).not.toContain('its process is gone');
  // What was written late holds as if it had been written at once.
  it.daemon.child.kill('SIGKILL');
  await it.daemon.isEnded;
  await it.up();
  expect(it.running()).toEqual([]);
  expect(it.cli('thaw').stdout).toBe('all spending: released; started: a, b\n');
});

test('full disk: stop ends an agent and says that it does not hold through a crash, until it is written down', async (ctx) => {
  const it = await start(ctx);
  await fill(it);
  const stopped = it.cli('stop', 'a');
  expect(stopped.status).toBe(0);
  expect(stopped.stdout).toMatch(/^a: stopped; .*\n {2}not written down yet \(.*the stop does not hold\n$/);
  expect(it.running()).toEqual(['b']);
  // An end needs no room; a new process does.
  expect(it.cli('restart', 'b').status).toBe(1);
  expect(it.running()).toEqual(['b']);

  rmSync(it.inside('ballast'));
  await until('the audit entry', () => it.audited('agent.stop').length === 1);
  it.daemon.child.kill('SIGKILL');
  await it.daemon.isEnded;
  await it.up();
  expect(it.running()).toEqual(['b']);
});

test('full disk: down ends the fleet and the daemon, and says what the audit trail does not have', async (ctx) => {
  const it = await start(ctx);
  await fill(it);
  const down = it.cli('down', '--json');
  expect(down.status).toBe(0);
  expect(JSON.parse(down.stdout)).toMatchObject({ ending: ['a', 'b'], notKept: expect.any(String) });
  await it.daemon.isEnded;
  expect(it.running()).toEqual([]);
});
