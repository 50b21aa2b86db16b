import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryStore } from '@dreamnet/adapters';
import { expect, onTestFinished, test } from 'vitest';
import { settleMark } from '../../src/daemon/instance-mark.js';
import { openStateDir } from '../../src/daemon/state-dir.js';

const ONE = '111111111111';
const OTHER = '222222222222';

function prepare() {
  const folder = mkdtempSync(join(tmpdir(), 'dreamnet-mark-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const stateDir = openStateDir(folder);
  const store = createMemoryStore();
  const said: string[] = [];
  const settle = () => settleMark({ stateDir, store, onTrouble: (text) => said.push(text) });
  const keep = (mark: string) =>
    store.commit([{ op: 'put', collection: 'instance', key: 'mark', value: { mark } }]);
  return { folder, stateDir, store, said, settle, keep };
}

/** A process as a supervisor starts it: marked, its output in a log of the folder. */
async function run({
  folder,
  mark,
  isElsewhere = false,
}: {
  folder: string;
  mark: string;
  isElsewhere?: boolean;
}) {
  const logs = join(folder, isElsewhere ? 'elsewhere' : 'logs');
  mkdirSync(logs, { recursive: true });
  const log = openSync(join(logs, 'a.out.log'), 'a');
  const child = spawn('sleep', ['1000'], {
    stdio: ['ignore', log, log],
    env: { PATH: process.env.PATH, DREAMNET_PROCESS: `${mark}/a/1` },
  });
  closeSync(log);
  onTestFinished(() => void child.kill('SIGKILL'));
  await new Promise((resolve) => child.once('spawn', resolve));
  return { pid: child.pid ?? 0, end: () => ended(child) };
}

function ended(child: ReturnType<typeof spawn>): Promise<void> {
  const end = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGKILL');
  return end;
}

/** What the supervisor stores of a running process. */
function recordOf(pid: number) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const startTicks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  const value = {
    ...{ id: 'a', phase: 'running', generation: 1, restarts: 0, history: { restartsAt: [] } },
    identity: { pid, startTicks, bootId },
  };
  return { op: 'put', collection: 'supervised', key: 'a', value } as const;
}

test('mark: in a new folder it is made, kept in the file and in the store, and nothing is said', async () => {
  const { stateDir, store, said, settle } = prepare();
  const mark = await settle();
  expect(mark).toMatch(/^[0-9a-f]{12}$/);
  expect(stateDir.readMark()).toBe(mark);
  expect(await store.read('instance', 'mark')).toEqual({ mark });
  expect(await settle()).toBe(mark);
  expect(said).toEqual([]);
});

test('mark: that of a folder from before there was a second copy is kept in the store without a word', async () => {
  const { folder, stateDir, store, said, settle } = prepare();
  stateDir.writeMark(ONE);
  await run({ folder, mark: ONE });
  expect(await settle()).toBe(ONE);
  expect(await store.read('instance', 'mark')).toEqual({ mark: ONE });
  expect(said).toEqual([]);
});

test('mark: where file and store differ those who run tell it; without them the file does, and it is said', async () => {
  const { folder, stateDir, store, said, settle, keep } = prepare();
  stateDir.writeMark(OTHER);
  await keep(ONE);
  const { end } = await run({ folder, mark: ONE });
  expect(await settle()).toBe(ONE);
  expect(stateDir.readMark()).toBe(ONE);
  await end();
  stateDir.writeMark(OTHER);
  expect(await settle()).toBe(OTHER);
  expect(await store.read('instance', 'mark')).toEqual({ mark: OTHER });
  expect(said).toEqual([
    expect.stringContaining(`it is '${ONE}' now`),
    expect.stringContaining(`was '${ONE}'`),
  ]);
});

test('mark: with processes of two marks in one folder nothing is chosen: the start is refused and names them', async () => {
  const { folder, stateDir, store, settle } = prepare();
  const [first, second] = [await run({ folder, mark: ONE }), await run({ folder, mark: OTHER })];
  await expect(settle()).rejects.toMatchObject({
    code: 'DN_STATE_MARK_UNSURE',
    message: expect.stringMatching(new RegExp(`${first.pid} \\(${ONE}\\).*|${second.pid} \\(${OTHER}\\)`)),
  });
  expect(stateDir.readMark()).toBeUndefined();
  expect(await store.read('instance', 'mark')).toBeUndefined();
  await second.end();
  expect(await settle()).toBe(ONE);
});

test('mark: a store that was copied from another folder does not take over the fleet of that one', async () => {
  const { folder, stateDir, store, settle, keep } = prepare();
  await keep(ONE);
  const { pid } = await run({ folder, mark: ONE, isElsewhere: true });
  await store.commit([recordOf(pid)]);
  await expect(settle()).rejects.toMatchObject({ code: 'DN_STATE_MARK_UNSURE' });
  // A person's word decides.
  stateDir.writeMark(ONE);
  expect(await settle()).toBe(ONE);
});
