import type { ProcessGroupSpec } from '@dreamnet/contracts';
import { describe, expect, test } from 'vitest';
import { bench, spec } from './group-rig.js';

type Bench = ReturnType<typeof bench>;
type Edit = (it: Bench, intensity: number) => void;

const outer = (rest: Partial<ProcessGroupSpec> = {}) =>
  spec('rest_for_one', { members: ['a', 'inner', 'd'], intensity: 5, ...rest });
const inner = (rest: Partial<ProcessGroupSpec> = {}) =>
  spec('one_for_one', { name: 'inner', members: ['b', 'c'], intensity: 5, ...rest });
const other = (members: readonly string[]) => spec('one_for_all', { name: 'h', members, intensity: 5 });

/** What a person may write meanwhile. `gone`: stopped for good. `order`: in which those start who come one after the other still. */
const EDITS: Record<string, { edit: Edit; gone?: string; order?: string[] }> = {
  'other numbers': {
    edit: (it, intensity) =>
      it.groups.set([
        outer({ intensity: intensity + 1, periodMs: 900, retryAfterMs: 5, retryMaxMs: 50 }),
        inner(),
      ]),
  },
  'other numbers of a group within': {
    edit: (it, intensity) => it.groups.set([outer({ intensity }), inner({ intensity: 6 })]),
  },
  'another strategy': {
    edit: (it, intensity) => it.groups.set([outer({ intensity, strategy: 'one_for_all' }), inner()]),
  },
  'another order': {
    edit: (it, intensity) => it.groups.set([outer({ intensity, members: ['d', 'a', 'inner'] }), inner()]),
    order: ['d', 'a', 'b', 'c'],
  },
  'no group any more': { edit: (it) => it.groups.set([]), order: [] },
  'the last member is gone': {
    edit: (it, intensity) => {
      it.groups.set([outer({ intensity, members: ['a', 'inner'] }), inner()]);
      stopByHand(it, 'd');
    },
    gone: 'd',
    order: ['a', 'b', 'c'],
  },
  'the last member is in no group': {
    edit: (it, intensity) => it.groups.set([outer({ intensity, members: ['a', 'inner'] }), inner()]),
    order: ['a', 'b', 'c'],
  },
  'the last member is in another group': {
    edit: (it, intensity) =>
      it.groups.set([outer({ intensity, members: ['a', 'inner'] }), inner(), other(['d'])]),
    order: ['a', 'b', 'c'],
  },
  'the group within stands alone': {
    edit: (it, intensity) => it.groups.set([outer({ intensity, members: ['a', 'd'] }), inner()]),
    order: ['a', 'd'],
  },
  'the group is within another one': {
    edit: (it, intensity) => it.groups.set([outer({ intensity }), inner(), other(['g'])]),
  },
  'the group is called otherwise': {
    edit: (it, intensity) => it.groups.set([{ ...outer({ intensity }), name: 'renamed' }, inner()]),
    order: [],
  },
  'the group is gone and comes back': {
    edit: (it, intensity) => {
      it.groups.set([]);
      it.groups.set([outer({ intensity }), inner()]);
    },
  },
  'several changes one after the other': {
    edit: (it, intensity) => {
      it.groups.set([outer({ intensity, members: ['a', 'd'] }), inner()]);
      it.groups.set([outer({ intensity, members: ['a', 'd'] }), inner(), other(['x'])]);
      it.groups.set([outer({ intensity: intensity + 2 }), inner()]);
    },
  },
};

/** Where a restart of all stands. `arrange` before it begins, `go` afterwards, `finish` lets it go on. */
const PHASES: Record<string, { arrange: (it: Bench) => (it: Bench) => void; delayMs?: number }> = {
  'the last is being ended': { arrange: (it) => ending(it, 'd') },
  'one in the middle is being ended': { arrange: (it) => ending(it, 'b') },
  'all have ended, and their backoff goes on': { arrange: () => () => undefined, delayMs: 500 },
  'the first waits for its turn': { arrange: (it) => gated(it, 'a') },
  'the first has been started, the next one waits': { arrange: (it) => gated(it, 'b') },
  'only the last one waits': { arrange: (it) => gated(it, 'd') },
};

function ending(it: Bench, id: string): () => void {
  let letEnd: () => void = () => undefined;
  it.member(id).ending = new Promise((resolve) => {
    letEnd = resolve;
  });
  return () => letEnd();
}

function gated(it: Bench, id: string): () => void {
  it.gates.set(id, () => undefined);
  return () => {
    const open = it.gates.get(id);
    it.gates.delete(id);
    open?.();
  };
}

function stopByHand(it: Bench, id: string): void {
  it.groups.release(id, { isStart: false });
  if (it.member(id).phase !== 'stopping') Object.assign(it.member(id), { phase: 'idle', identity: null });
}

/** A group over its intensity whose one try has failed: the next one waits, or what the try has started is being ended. */
async function givenUp({ isEnding }: { isEnding: boolean }) {
  const it = bench(outer({ intensity: 0 }), new Map(), [inner()]);
  it.exit('a', false);
  await it.settle();
  const letGoOn = isEnding ? ending(it, 'd') : () => undefined;
  it.exit('a', false);
  await it.settle();
  expect(it.groups.list()[0]?.phase).toBe(isEnding ? 'ending' : 'broken');
  it.notes.length = 0;
  return { it, letGoOn };
}

const ALL = ['a', 'b', 'c', 'd'];
const phasesOf = (it: Bench) => Object.fromEntries([...it.members].map(([id, { phase }]) => [id, phase]));
const startsOf = (it: Bench) => it.notes.flatMap((note) => /^start (.*)/.exec(note)?.[1] ?? []);

/** What must hold when everything has been let go on: all run, and nothing is left to do. @returns who should run */
async function expectAllUp(it: Bench, { gone }: { gone?: string }) {
  await it.clock.advance(60_000);
  await it.save();
  const up = ALL.filter((id) => id !== gone);
  for (const id of up) expect(phasesOf(it)).toMatchObject({ [id]: 'running' });
  if (gone !== undefined) expect(phasesOf(it)[gone]).toBe('idle');
  for (const group of it.groups.list()) {
    const isEmpty = group.members.every((member) => !it.members.has(member)) && group.name === 'h';
    if (!isEmpty || group.members.includes('g'))
      expect(group).toMatchObject({ phase: 'running', circuit: 'closed' });
  }
  const names = new Set(it.groups.list().map(({ name }) => name));
  expect([...it.records.keys()].filter((name) => !names.has(name))).toEqual([]);
  return up;
}

describe.each(Object.entries(EDITS))('group edits: %s', (_edit, how) => {
  const { edit, order = ALL } = how;
  const startsInOrder = (it: Bench) => startsOf(it).filter((id) => order.includes(id));

  describe.each(Object.entries(PHASES))('while %s', (_phase, { arrange, delayMs = 0 }) => {
    test('a restart after a crash is finished, each starts once, in order', async () => {
      const it = bench(outer(), new Map(), [inner()]);
      const letGoOn = arrange(it);
      it.exit('a', true, delayMs);
      await it.settle();
      const before = startsOf(it);
      edit(it, 5);
      letGoOn(it);
      const up = await expectAllUp(it, how);
      expect(startsOf(it).toSorted()).toEqual(up);
      // Whoever was started by the old order is not started anew.
      expect(startsInOrder(it).filter((id) => !before.includes(id))).toEqual(
        order.filter((id) => !before.includes(id)),
      );
      expect(it.events.filter((type) => type === 'group.restarted')).toHaveLength(1);
    });

    test('whoever asked for the restart hears of it when all has been done', async () => {
      const it = bench(outer(), new Map(), [inner()]);
      const letGoOn = arrange(it);
      let startedBy: string[] = [];
      const asked = it.groups.restart('g').then((isDone) => {
        startedBy = startsOf(it);
        return isDone;
      });
      await it.settle();
      edit(it, 5);
      letGoOn(it);
      const up = await expectAllUp(it, how);
      expect(await asked).toBe(true);
      expect(startedBy).toEqual(expect.arrayContaining(up));
    });
  });

  test.each([
    ['everything is being ended', true],
    ['it waits for the next try', false],
  ])('of a group that gave up, while %s: all of it starts at once, in order', async (_phase, isEnding) => {
    const { it, letGoOn } = await givenUp({ isEnding });
    edit(it, 0);
    letGoOn();
    await it.settle();
    expect(startsOf(it).toSorted()).toEqual(await expectAllUp(it, how));
    expect(startsInOrder(it)).toEqual(order);
  });
});

test('group edits: a restart that was asked for while everything ends, or waits for the next try, starts all of it', async () => {
  for (const isEnding of [true, false]) {
    const { it, letGoOn } = await givenUp({ isEnding });
    const asked = it.groups.restart('inner');
    letGoOn();
    await it.settle();
    expect(await asked).toBe(true);
    expect(startsOf(it)).toEqual(ALL);
    expect(it.groups.list()[0]).toMatchObject({ phase: 'running', circuit: 'half_open' });
  }
});

test('group edits: a crash in another group takes over whom the old group is still to start', async () => {
  const it = bench(outer(), new Map(), [inner()]);
  const letGoOn = gated(it, 'b');
  it.exit('a');
  await it.settle();
  it.groups.set([other(['a', 'b', 'c', 'd'])]);
  expect(it.exit('a')).toEqual({ do: 'hold' });
  letGoOn();
  await expectAllUp(it, {});
  expect(startsOf(it)).toEqual(['a', 'a', 'b', 'c', 'd']);
});
