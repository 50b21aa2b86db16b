import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { hasEnded, readProcessStat } from '../../src/process-stat.js';
import { type DaemonProcess, prepareDaemon } from './daemon-process.js';

const daemons: DaemonProcess[] = [];
const toEnd: number[] = [];
afterEach(async () => {
  for (const pid of toEnd.splice(0)) if (runs(pid)) process.kill(pid, 'SIGKILL');
  for (const one of daemons.splice(0)) {
    // In order, so that its own commands end as well, which write into the folder.
    await one.kill('SIGTERM');
    await one.remove();
  }
});

/** Writes down who it is, starts one in its session and one beyond it, and never ends. */
const HOLD = `echo $$ >> $1; sleep 1001 & echo $! >> $1; setsid sleep 1001 > /dev/null 2>&1 & sleep 0.2
echo $! >> $1; echo done >> $1; sleep 1001`;

const runs = (pid: number) => !hasEnded(readProcessStat(pid));

function prepare(config: object): DaemonProcess {
  const it = prepareDaemon(config);
  daemons.push(it);
  writeFileSync(join(it.folder, 'hold.sh'), HOLD);
  return it;
}

/** Those a command has written down so far; waits until it has. */
async function held(it: DaemonProcess, file: string): Promise<number[]> {
  const path = join(it.folder, file);
  const text = await it.until(`${file} to be written`, () => {
    const now = existsSync(path) ? readFileSync(path, 'utf8') : '';
    return now.includes('done') && now;
  });
  const pids = text.split('\n').map(Number).filter(Boolean);
  toEnd.push(...pids);
  return pids;
}

const probe = { every: '60s', timeout: '50s' };
const FLEET = {
  subsystems: {
    byExec: { probe: { exec: ['sh', 'hold.sh', 'exec.pids'], ...probe } },
    byMcp: { probe: { mcp: { command: ['sh', 'hold.sh', 'mcp.pids'] }, ...probe } },
  },
};

test('killed daemon: what commands of probes left is ended by the next one of the same state folder, and nothing of another’s', async () => {
  const [it, other] = [prepare(FLEET), prepare(FLEET)];
  await other.up();
  await it.up();
  const [own, others] = await Promise.all(
    [it, other].map(async (one) => [...(await held(one, 'exec.pids')), ...(await held(one, 'mcp.pids'))]),
  );
  expect(own).toHaveLength(6);
  await it.kill('SIGKILL');
  expect(own?.filter(runs)).toEqual(own);
  await it.up();
  await it.until('all of them to be ended', () => own?.every((pid) => !runs(pid)));
  expect(others?.filter(runs)).toEqual(others);
});

test('killed daemon: the session of a secret’s command is ended by the next one, and not what it started for good', async () => {
  const it = prepare({
    agents: {
      a: {
        runtime: 'custom',
        command: ['sleep', '1000'],
        bindings: [
          {
            type: 'secrets',
            config: { KEY: { from: 'command', command: ['sh', './tell.sh'], timeout: '60s' } },
          },
        ],
      },
    },
  });
  writeFileSync(join(it.folder, 'tell.sh'), 'test -e hang && . ./hold.sh; echo value');
  writeFileSync(join(it.folder, 'hold.sh'), `set -- secret.pids; ${HOLD}`);
  await it.up();
  writeFileSync(join(it.folder, 'hang'), '');
  const asked = it.client().send('POST', '/api/agents/a/restart');
  asked.catch(() => undefined);
  const [command, child, forGood] = await held(it, 'secret.pids');
  await it.kill('SIGKILL');
  writeFileSync(join(it.folder, 'tell.sh'), 'echo value');
  expect([command, child, forGood].map((pid) => runs(pid ?? 0))).toEqual([true, true, true]);
  await it.up();
  await it.until('the command to be ended', () => !runs(command ?? 0) && !runs(child ?? 0));
  expect(runs(forGood ?? 0)).toBe(true);
});
