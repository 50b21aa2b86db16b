import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IsolationSpec } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { findMeans } from '../../src/isolation/means.js';
import { logLine, QUICK_RESTART, startHarness } from '../fixtures/harness.js';

const searchPath = process.env.PATH ?? '';
const means = findMeans(searchPath);
const once = { ...QUICK_RESTART, type: 'temporary' as const };

const apart = (level: 'process' | 'sandbox', rest: Partial<IsolationSpec> = {}) => ({
  isolation: { level, isRequired: false, paths: [], network: { access: 'none' as const }, ...rest },
});

test('environment: an agent with a user of its own cannot read that of another one in /proc', async (ctx) => {
  if (!means.isRoot) ctx.skip('only root can give an agent a user of its own');
  const { supervisor, spec, dir } = await startHarness({ isolation: { searchPath } });
  chmodSync(dir, 0o755);
  const victims = await Promise.all([
    supervisor.launch(spec('plain', ['sleep', '1000'], { cwd: dir })),
    supervisor.launch(spec('own', ['sleep', '1000'], { cwd: dir, ...apart('process') })),
  ]);
  const pids = victims.map(({ identity }) => String(identity?.pid));
  const script = 'for pid; do cat /proc/$pid/environ && echo read; done; cat /proc/self/environ && echo own';
  await supervisor.launch(
    spec('a', ['sh', '-c', script, 'sh', ...pids], { cwd: dir, ...apart('process'), restart: once }),
  );
  expect(await logLine(supervisor, 'a', /own$/)).toMatch(/own$/);
  expect(await supervisor.readLog('a', { stream: 'out' })).toHaveLength(1);
  const refused = await supervisor.readLog('a', { stream: 'err' });
  expect(refused.map((line) => /(\d+)\/environ: Permission denied/.exec(line)?.[1])).toEqual(pids);
});

test("environment: without a user of its own, one of the same user's agents is read, and that is said", async (ctx) => {
  if (means.isRoot) ctx.skip('as root each agent has a user of its own');
  const { supervisor, spec, dir } = await startHarness({ isolation: { searchPath } });
  const env = { PATH: '/usr/bin:/bin', GIVEN: 'canary' };
  const victim = await supervisor.launch(
    spec('victim', ['sleep', '1000'], { cwd: dir, env, ...apart('process') }),
  );
  expect(victim.notEnforced).toEqual([expect.stringMatching(/^own user: .*runs as the daemon's user/)]);
  const read = ['sh', '-c', `tr '\\0' '\\n' < /proc/${victim.identity?.pid}/environ; sleep 1000`];
  await supervisor.launch(spec('a', read, { cwd: dir, ...apart('process') }));
  expect(await logLine(supervisor, 'a', /GIVEN/)).toBe('GIVEN=canary');
});

test('core dumps: an agent that raises its limit and crashes leaves none', async (ctx) => {
  const [soft = '', hard] = limitOfCores();
  if (hard === '0') ctx.skip(`this machine's own limit of core dumps is ${soft} of ${hard}`);
  const { supervisor, spec, events, dir } = await startHarness({ isolation: { searchPath } });
  const script = 'ulimit -c unlimited; ulimit -c; kill -SEGV $$';
  const coreOf = async (id: string, rest: object): Promise<boolean> => {
    const cwd = join(dir, id);
    mkdirSync(cwd);
    chmodSync(cwd, 0o777);
    await supervisor.launch(spec(id, ['sh', '-c', script], { cwd, restart: once, ...rest }));
    await events.atLeast('process.exited', 1, id);
    return existsSync(join(cwd, 'core'));
  };
  chmodSync(dir, 0o755);
  const isKept = await coreOf('kept', apart('process'));
  expect(isKept).toBe(false);
  expect(events.ofType('process.exited', 'kept')[0]?.exit.signal).not.toBe('SIGABRT');
  // The comparison shows that a core would have been here; where dumps go elsewhere there is nothing to compare.
  if (readFileSync('/proc/sys/kernel/core_pattern', 'utf8').trim() === 'core')
    expect(await coreOf('plain', {})).toBe(true);
});

test('sandbox with a user: reads what is bound deep in folders that are not its own', async (ctx) => {
  if (!means.isRoot) ctx.skip('only root can give an agent a user of its own');
  if (means.sandboxProblem !== undefined) ctx.skip(means.sandboxProblem);
  const { supervisor, spec, dir } = await startHarness({ isolation: { searchPath } });
  const deep = join(dir, 'closed', 'deep');
  const work = join(dir, 'work');
  mkdirSync(deep, { recursive: true });
  mkdirSync(work);
  chmodSync(join(dir, 'closed'), 0o700);
  writeFileSync(join(deep, 'letter'), 'a letter\n', { mode: 0o644 });
  const isolation = apart('sandbox', { user: 'dynamic', paths: [{ path: deep, mode: 'ro' }] });
  const script = `cat ${deep}/letter; sleep 1000`;
  await supervisor.launch(spec('a', ['sh', '-c', script], { cwd: work, ...isolation }));
  expect(await logLine(supervisor, 'a', /letter/)).toBe('a letter');
});

function limitOfCores(): readonly string[] {
  const line = /^Max core file size\s+(\S+)\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
  return line?.slice(1) ?? ['0', '0'];
}
