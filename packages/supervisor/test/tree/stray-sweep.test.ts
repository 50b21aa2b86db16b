import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import type { ProcessRow } from '../../src/linux/process-table.js';
import type { Run } from '../../src/run.js';
import { StraySweep } from '../../src/tree/stray-sweep.js';

const row = (pid: number, rest: Partial<ProcessRow> = {}): ProcessRow => ({
  ...{
    pid,
    ppid: 1,
    group: pid,
    session: pid,
    state: 'S',
    startTicks: 1000,
    cpuTicks: 0,
    residentPages: 0,
    threads: 1,
  },
  ...rest,
});

const run = (pid: number, generation: number, members: Run['meter']['members'] = []): Run =>
  ({ generation, identity: { pid, startTicks: 500, bootId: 'boot' }, meter: { members } }) as unknown as Run;

function sweepOf(table: ProcessRow[], marks: Record<number, [string, number]> = {}) {
  const clock = createFakeClock();
  const killed: number[][] = [];
  const currents: number[] = [];
  const unreadable: boolean[] = [];
  let looks = 0;
  const sweep = new StraySweep({
    ...{ clock, instanceId: 'me', currentPids: () => currents },
    readTable: async () => {
      looks += 1;
      if (unreadable.shift()) throw new Error('EMFILE');
      return table;
    },
    patientReader: () => (pid) => {
      const [processId, generation] = marks[pid] ?? [];
      if (processId === undefined || generation === undefined) return undefined;
      return { instanceId: 'me', processId, generation };
    },
    kill: (strays) => killed.push(strays.map(({ pid }) => pid).sort((one, other) => one - other)),
  });
  const soon = (processId: string, ended: Run, isReleased = () => false) =>
    sweep.soon({ processId, run: ended, isReleased });
  return { clock, killed, soon, currents, unreadable, looks: () => looks };
}

test('strays: by mark, by session, by an earlier sighting, and whatever descends from them', async () => {
  const table = [
    row(10, { session: 7 }),
    row(11, { ppid: 10 }),
    row(12),
    row(13),
    row(14, { startTicks: 499, session: 7 }),
    row(15),
  ];
  const { clock, killed, soon } = sweepOf(table, { 12: ['a', 3], 15: ['b', 1] });
  soon('a', run(7, 3, [{ pid: 13, startTicks: 1000 }]));
  await clock.advance(25);
  expect(killed).toEqual([[10, 11, 12, 13]]);
});

test('strays: a newer run and what goes on under the name now are not touched', async () => {
  const { clock, killed, soon, currents } = sweepOf([row(20), row(21), row(22), row(23)], {
    20: ['a', 3],
    21: ['a', 4],
    22: ['a', 3],
    23: ['b', 1],
  });
  currents.push(20);
  soon('a', run(7, 3));
  await clock.advance(25);
  expect(killed).toEqual([[22]]);
});

test('strays: whoever leads a session of that number now is somebody else', async () => {
  const { clock, killed, soon } = sweepOf([row(7)]);
  soon('a', run(7, 3));
  await clock.advance(25);
  expect(killed).toEqual([[]]);
});

test('strays: many ends cost a look each tenth of a second, and nothing is left out', async () => {
  const table = Array.from({ length: 100 }, (_, at) => row(1000 + at));
  const marks = Object.fromEntries(
    table.map(({ pid }, at): [number, [string, number]] => [pid, [`a${at}`, 1]]),
  );
  const { clock, killed, soon, looks } = sweepOf(table, marks);
  for (let at = 0; at < 100; at += 1) {
    soon(`a${at}`, run(10 + at, 1));
    await clock.advance(2);
  }
  await clock.advance(100);
  expect(looks()).toBeLessThanOrEqual(4);
  expect(killed.flat()).toHaveLength(100);
});

test('strays: of what a next supervisor goes on with nothing is ended', async () => {
  const { clock, killed, soon, looks } = sweepOf([row(22)], { 22: ['a', 3] });
  soon('a', run(7, 3), () => true);
  await clock.advance(25);
  expect([killed, looks()]).toEqual([[], 0]);
});

test('strays: what a next supervisor goes on with from the middle of a look on is not touched', async () => {
  const { clock, killed, soon } = sweepOf([row(22)], { 22: ['a', 3] });
  const answers = [false, true];
  soon('a', run(7, 3), () => answers.shift() ?? true);
  await clock.advance(25);
  expect(killed).toEqual([]);
});

test('strays: who ends during a look is looked for by the next one', async () => {
  const table = [row(22)];
  const { clock, killed, soon } = sweepOf(table, { 22: ['a', 3], 23: ['b', 1] });
  const answers = [false, false];
  soon('a', run(7, 3), () => {
    // Asked the first time the look begins, the second time the table is there.
    if (answers.length === 2) {
      soon('b', run(8, 1));
      table.push(row(23));
    }
    return answers.shift() ?? false;
  });
  await clock.advance(25);
  expect(killed).toEqual([[22]]);
  table.shift();
  await clock.advance(100);
  expect(killed).toEqual([[22], [23]]);
});

test('strays: a machine that cannot be read now is looked at again', async () => {
  const { clock, killed, soon, unreadable } = sweepOf([row(22)], { 22: ['a', 3] });
  unreadable.push(true, true);
  soon('a', run(7, 3));
  await clock.advance(25);
  expect(killed).toEqual([]);
  await clock.advance(200);
  expect(killed).toEqual([[22]]);
});
