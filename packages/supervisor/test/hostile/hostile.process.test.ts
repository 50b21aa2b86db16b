import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { NetworkBindingConfig } from '@dreamnet/contracts';
import { createId } from '@dreamnet/kit';
import { expect, onTestFinished, test } from 'vitest';
import { readProcess } from '../../src/linux/process-table.js';
import { exists, logLine } from '../fixtures/harness.js';
import { isolated, NONE, pidsWith, program, skipWithout, start } from './hostile-agent.js';

async function serve(): Promise<number> {
  const server = createServer((_, response) => response.end('served\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

test('changes session, double-forks and empties its environment: a stop of its sandbox leaves nothing', async (ctx) => {
  skipWithout('sandbox', ctx);
  const { supervisor, spec, work } = await start();
  const word = createId('hidden');
  await supervisor.launch(spec('a', program('hides.py', word), { cwd: work('a'), ...isolated('sandbox') }));
  await logLine(supervisor, 'a', /hidden/);
  expect(pidsWith(word).length).toBeGreaterThan(0);
  await supervisor.stop('a', 0);
  expect(pidsWith(word)).toEqual([]);
});

test('changes session and double-forks: killed by hand, its sandbox takes the hidden child along', async (ctx) => {
  skipWithout('sandbox', ctx);
  const { supervisor, spec, events, work } = await start();
  const word = createId('hidden');
  const once = { ...spec('a', []).restart, type: 'temporary' as const };
  const rest = { cwd: work('a'), restart: once, ...isolated('sandbox') };
  const { identity } = await supervisor.launch(spec('a', program('hides.py', word), rest));
  await logLine(supervisor, 'a', /hidden/);
  process.kill(identity?.pid ?? 0, 'SIGKILL');
  await events.phase('a', 'exited');
  // The kernel ends a process namespace soon after its first process, not within that call.
  await expect.poll(() => pidsWith(word), { timeout: 5000 }).toEqual([]);
});

for (const level of ['none', 'sandbox'] as const)
  test(`double-forks, changes session and ends its first thread: a stop leaves nothing of it (${level})`, async (ctx) => {
    skipWithout(level, ctx);
    const { supervisor, spec, work } = await start();
    const apart = level === 'none' ? {} : isolated(level);
    const word = createId('hidden');
    const { identity } = await supervisor.launch(
      spec('a', program('ends-first-thread.py', word), { cwd: work('a'), ...apart }),
    );
    await logLine(supervisor, 'a', /hidden/);
    const isHidden = (pid: number) => pid !== identity?.pid && readProcess(pid)?.state === 'Z';
    await expect.poll(() => pidsWith(word).some(isHidden), { timeout: 5000 }).toBe(true);
    await supervisor.stop('a', 0);
    expect(pidsWith(word)).toEqual([]);
  });

for (const level of ['none', 'sandbox'] as const)
  test(`closes its pipes and takes no notice of SIGTERM: counts as running, and a stop ends it (${level})`, async (ctx) => {
    skipWithout(level, ctx);
    const { supervisor, spec, work } = await start();
    const apart = level === 'none' ? {} : isolated(level);
    const rest = { cwd: work('a'), stdio: 'pipe' as const, stopDeadlineMs: 100, ...apart };
    const { identity } = await supervisor.launch(spec('a', program('closes-pipes.py'), rest));
    const { stdout } = supervisor.streams('a') ?? {};
    // Whether its end is seen here differs: what stands around a sandbox holds the pipe, too.
    await new Promise((resolve) => stdout?.once('data', resolve));
    expect(supervisor.get('a')?.phase).toBe('running');
    expect(supervisor.get('a')?.identity).toEqual(identity);
    await supervisor.stop('a');
    expect(exists(identity?.pid ?? 0)).toBe(false);
  });

for (const level of ['process', 'sandbox'] as const)
  test(`reads other agents' secrets and files: finds nothing (${level})`, async (ctx) => {
    skipWithout(level, ctx);
    const { supervisor, spec, dir, work } = await start();
    const folder = work('victim');
    // As an operator keeps it who has agents of several users: a folder of the victim's is the victim's alone.
    writeFileSync(join(folder, 'secret.txt'), 'stolen-file', { mode: 0o600 });
    const env = { PATH: '/usr/bin:/bin', TOKEN: 'stolen-variable' };
    await supervisor.launch(spec('victim', ['sh', '-c', 'echo up; exec sleep 1000'], { cwd: folder, env }));
    await logLine(supervisor, 'victim', /up/);
    const thief = program('steals.py', dir, 'file,variable');
    await supervisor.launch(spec('free', thief, { cwd: work('free') }));
    expect(await logLine(supervisor, 'free', /found/)).toBe('found file,variable');
    await supervisor.launch(spec('held', thief, { cwd: work('held'), ...isolated(level) }));
    expect(await logLine(supervisor, 'held', /found/)).toBe('found nothing');
  });

for (const access of ['none', 'allow-list'] as const)
  test(`connects where it may not: no way out is one (${access})`, async (ctx) => {
    skipWithout('sandbox', ctx);
    const { supervisor, spec, events, work } = await start();
    const [forbidden, allowed] = [await serve(), await serve()];
    const friend = `127.0.0.1:${allowed}`;
    const network: NetworkBindingConfig = access === 'none' ? NONE : { access, allow: [friend] };
    const command = program('breaks-out.py', `127.0.0.1:${forbidden}`, friend);
    await supervisor.launch(spec('a', command, { cwd: work('a'), ...isolated('sandbox', network) }));
    expect(await logLine(supervisor, 'a', /tried/)).toBe('tried 8');
    const lines = await supervisor.readLog('a', { stream: 'out' });
    expect(lines.filter((line) => line.startsWith('OUT'))).toEqual([]);
    const told = events.ofType('network.refused', 'a').map(({ destination }) => destination);
    expect(told).toEqual(
      access === 'none'
        ? []
        : [
            ...Array.from({ length: 2 }, () => `127.0.0.1:${forbidden}`),
            ...[`2130706433:${forbidden}`, `0x7f.1:${forbidden}`, `[::ffff:127.0.0.1]:${forbidden}`],
          ],
    );
  });

for (const level of ['none', 'sandbox'] as const)
  test(`dies between fork and exec: said in words, never counted as running (${level})`, async (ctx) => {
    skipWithout(level, ctx);
    const { supervisor, spec, events, work } = await start();
    const folder = work('a');
    writeFileSync(join(folder, 'broken'), '#!/nowhere/interpreter\n', { mode: 0o755 });
    const apart = level === 'none' ? {} : isolated(level);
    const restart = { ...spec('a', []).restart, intensity: 2 };
    const launching = supervisor.launch(spec('a', ['./broken'], { cwd: folder, restart, ...apart }));
    if (level === 'none')
      await expect(launching).rejects.toMatchObject({ code: 'DN_SUPERVISOR_SPAWN_FAILED' });
    else await launching;
    await events.phase('a', 'broken');
    const [opened] = events.ofType('process.circuit-opened', 'a');
    expect(opened?.restarts).toBe(2);
    const last = opened?.lastExit;
    expect(`${last?.reason ?? ''} ${last?.stderrTail.join(' ')}`).toMatch(/No such file|ENOENT/);
  });

for (const level of ['none', 'sandbox'] as const)
  test(`exits 0 at once for ever: the circuit opens, and one event says so (${level})`, async (ctx) => {
    skipWithout(level, ctx);
    const { supervisor, spec, events, work } = await start();
    const apart = level === 'none' ? {} : isolated(level);
    await supervisor.launch(spec('a', ['true'], { cwd: work('a'), ...apart }));
    await events.phase('a', 'broken');
    expect(events.ofType('process.circuit-opened', 'a')).toHaveLength(1);
    expect(events.ofType('process.started', 'a')).toHaveLength(6);
    expect(supervisor.get('a')?.lastExit).toMatchObject({ code: 0, isKnown: true });
    expect(supervisor.get('a')?.nextAttemptAt).toBeGreaterThan(0);
  });
