import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endAgents } from '@dreamnet/testkit';
import { afterEach, expect, test } from 'vitest';
import { type DaemonProcess, prepareDaemon } from './daemon-process.js';

let daemon: DaemonProcess | undefined;
/** Of the first life: what runs under it is ended, whatever mark is in the file by then. */
let firstMark = '';
afterEach(async () => {
  endAgents(firstMark);
  await daemon?.remove();
  daemon = undefined;
});

const AGENTS = {
  a: { runtime: 'custom', command: ['sleep', '1000'] },
  b: { runtime: 'custom', command: ['sleep', '1000'] },
};

/** A daemon with two agents that was killed: they run, nobody looks after them. */
async function killed(): Promise<{ it: DaemonProcess; mark: string; before: Map<string, number[]> }> {
  const it = prepareDaemon({ agents: AGENTS });
  daemon = it;
  await it.up();
  await it.until('both agents', () => it.processes().size === 2);
  const mark = readMark(it);
  firstMark = mark;
  const before = it.processes();
  await it.kill('SIGKILL');
  return { it, mark, before };
}

const readMark = (it: DaemonProcess) => readFileSync(join(it.stateDir, 'instance'), 'utf8').trim();
const runsBefore = (pids: Map<string, number[]>) =>
  [...pids.values()].flat().some((pid) => existsSync(`/proc/${pid}`));

for (const [what, damage] of [
  ['removed', (file: string) => rmSync(file)],
  ['emptied', (file: string) => writeFileSync(file, '')],
  ['filled with garbage', (file: string) => writeFileSync(file, '../../x y\n')],
  ['altered to another mark', (file: string) => writeFileSync(file, '0123456789ab\n')],
] as const)
  test(`mark of the state folder: ${what} while no daemon runs, it comes from the store or the living, is said, and nobody is there twice`, async () => {
    const { it, mark, before } = await killed();
    damage(join(it.stateDir, 'instance'));
    await it.up();
    expect(readMark(it)).toBe(mark);
    expect(it.processes()).toEqual(before);
    expect(it.log()).toMatch(/the mark of the state folder .* was (missing|damaged|'0123456789ab')/);
    expect(it.cli('down').status).toBe(0);
    expect(runsBefore(before)).toBe(false);
  });

test('mark of the state folder: with file and store gone it is that of the processes that write its logs: they are ended and started anew, and nobody is there twice', async () => {
  const { it, mark, before } = await killed();
  for (const name of ['instance', 'state.db', 'state.db-wal', 'state.db-shm'])
    rmSync(join(it.stateDir, name), { force: true });
  await it.up();
  expect(readMark(it)).toBe(mark);
  await it.until('both agents', () => it.processes().size === 2);
  expect([...it.processes().values()].map((pids) => pids.length)).toEqual([1, 1]);
  expect(runsBefore(before)).toBe(false);
});
