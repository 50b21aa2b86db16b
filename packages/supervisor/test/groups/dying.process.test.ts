import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProcessGroupSpec } from '@dreamnet/contracts';
import { createId } from '@dreamnet/kit';
import { expect, onTestFinished, test } from 'vitest';
import { createSupervisor } from '../../src/index.js';
import { createPatientReader } from '../../src/linux/marker.js';
import { readProcessTable } from '../../src/linux/process-table.js';
import { Events, FakeStore, QUICK_RESTART, specIn } from '../fixtures/harness.js';

const DAEMON = fileURLToPath(new URL('../fixtures/dying-daemon.mjs', import.meta.url));
/** Lives at a time: each waits most of its time. */
const AT_ONCE = 4;
const IDS = ['a', 'b', 'c'];
const HEALTHY = { ...QUICK_RESTART, backoff: { initialMs: 5, maxMs: 5, resetAfterMs: 0 } };

const group = (rest: Partial<ProcessGroupSpec>): ProcessGroupSpec => ({
  ...{ name: 'g', strategy: 'one_for_all', members: IDS, intensity: 5, periodMs: 30_000 },
  ...{ retryAfterMs: 100, retryMaxMs: 100 },
  ...rest,
});

/** Pids of the main processes of an instance, by id. */
function running(instanceId: string): Map<string, number[]> {
  const found = new Map<string, number[]>(IDS.map((id) => [id, []]));
  const markerOf = createPatientReader(1000);
  for (const { state, pid, session } of readProcessTable()) {
    if (state === 'Z' || pid !== session) continue;
    const marker = markerOf(pid);
    if (marker?.instanceId === instanceId) found.get(marker.processId)?.push(pid);
  }
  return found;
}

/** One life of a supervisor that dies at a moment, and what the next one makes of it. */
async function dieAt(of: ProcessGroupSpec, moment: number, again = '') {
  const dir = mkdtempSync(join(tmpdir(), 'dreamnet-dying-'));
  const instanceId = createId('daemon');
  const spec = specIn(dir);
  const specs = IDS.map((id) => spec(id, ['sleep', '1000'], { restart: HEALTHY }));
  const daemon = spawn(
    process.execPath,
    [DAEMON, dir, JSON.stringify(specs), instanceId, JSON.stringify([of]), 'b', String(moment), again],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const exit = await new Promise((resolve) => daemon.once('exit', (...how) => resolve(how)));
  expect([exit, existsSync(join(dir, 'moments'))], `moment ${moment}`).toEqual([[null, 'SIGKILL'], true]);
  const lines = (name: string) => readFileSync(join(dir, name), 'utf8').trim().split('\n');
  const moments = lines('moments');
  const isDone = existsSync(join(dir, 'done'));
  const store = new FakeStore();
  const stored: [string, unknown][] = JSON.parse(readFileSync(join(dir, 'store.json'), 'utf8'));
  for (const [key, value] of stored) store.values.set(key, value);
  const events = new Events();
  const supervisor = createSupervisor({
    ...{ instanceId, store, logDir: join(dir, 'logs'), publish: events.publish },
  });
  const end = async () => {
    await supervisor.shutdown({ leaveRunning: false, deadlineMs: 0 });
    for (const pids of running(instanceId).values()) for (const pid of pids) process.kill(-pid, 'SIGKILL');
    // What started them may be writing how they ended.
    rmSync(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  };
  onTestFinished(end);
  await supervisor.start();
  supervisor.setGroups([of]);
  await supervisor.adopt(specs);
  const isSettled = () =>
    supervisor.groups()[0]?.phase === 'running' &&
    supervisor.list().every(({ phase }) => phase === 'running');
  while (!isSettled()) await new Promise((resolve) => setTimeout(resolve, 2));
  // Real time: one start too many would follow within a backoff.
  await new Promise((resolve) => setTimeout(resolve, 30));
  const started = new Map<string, Set<string>>(IDS.map((id) => [id, new Set()]));
  for (const line of lines('seen')) started.get(line.split(' ')[0] ?? '')?.add(line.split(' ')[1] ?? '');
  for (const { type, subject, data } of events.seen)
    if (type === 'process.started' && 'identity' in data && data.identity !== null)
      started.get(subject)?.add(`${data.identity.pid}:${data.identity.startTicks}`);
  const view = {
    starts: IDS.map((id) => started.get(id)?.size),
    running: IDS.map((id) => running(instanceId).get(id)?.length),
    recentRestarts: supervisor.groups()[0]?.recentRestarts,
  };
  await end();
  return { moments, isDone, view };
}

/** Every moment there is, one life each. @returns those after which something was started too often, twice, or not at all */
async function dieEverywhere(of: ProcessGroupSpec, wanted: object, again = ''): Promise<unknown[]> {
  const wrong: unknown[] = [];
  const { isDone, view } = await dieAt(of, 0, again);
  expect([isDone, view]).toMatchObject([true, wanted]);
  for (let first = 1; ; first += AT_ONCE) {
    const moments = Array.from({ length: AT_ONCE }, (_, index) => first + index);
    const lives = await Promise.all(moments.map((moment) => dieAt(of, moment, again)));
    for (const [index, life] of lives.entries()) {
      // It has come to the end before that moment.
      if (life.isDone) return wrong;
      try {
        expect(life.view).toMatchObject(wanted);
      } catch {
        wrong.push({ moment: moments[index], at: life.moments.at(-1), ...life.view });
      }
    }
  }
}

test('groups: kill -9 at every step of a restart of all: each is started once more, and exactly once', async () => {
  const wanted = { starts: [2, 2, 2], running: [1, 1, 1], recentRestarts: 1 };
  expect(await dieEverywhere(group({}), wanted)).toEqual([]);
}, 300_000);

test('groups: kill -9 at every step of giving up and the try that follows: each is started exactly once more', async () => {
  const wanted = { starts: [2, 2, 2], running: [1, 1, 1] };
  expect(await dieEverywhere(group({ intensity: 0 }), wanted)).toEqual([]);
}, 300_000);

test('groups: kill -9 at every step when a member crashes again on the way: all run in the end, and nobody twice', async () => {
  // Whether the second crash comes before the kill is the moment's doing: three starts of each are the most there can be.
  const twoOrThree = expect.toSatisfy((count: number) => count === 2 || count === 3);
  const wanted = { starts: [twoOrThree, twoOrThree, twoOrThree], running: [1, 1, 1] };
  expect(await dieEverywhere(group({}), wanted, 'again')).toEqual([]);
}, 300_000);
