import { expect, test } from 'vitest';
import { bench, spec } from './group-rig.js';

test('group keeper: the others end last to first, then all start in order', async () => {
  const it = bench(spec('one_for_all'));
  expect(it.exit('b')).toEqual({ do: 'hold' });
  await it.settle();
  expect(it.notes).toEqual(['end c', 'end a', 'start a', 'start b', 'start c']);
  expect(it.events).toEqual(['group.restart-begun', 'group.restarted']);
  expect(it.groups.list()[0]).toMatchObject({ phase: 'running', recentRestarts: 1, circuit: 'closed' });
});

test('group keeper: a restart of one alone is left to the process itself', () => {
  const it = bench(spec('one_for_one'));
  expect(it.exit('b')).toEqual({ do: 'restart', delayMs: 0 });
  expect(it.notes).toEqual(['start b']);
});

test('group keeper: who crashes while it waits to be ended is not counted twice', async () => {
  const it = bench(spec('one_for_all'));
  it.exit('a');
  expect(it.exit('b')).toEqual({ do: 'hold' });
  await it.settle();
  expect(it.notes).toEqual(['end c', 'start a', 'start b', 'start c']);
  expect(it.groups.list()[0]?.recentRestarts).toBe(1);
});

test('group keeper: each starts when its turn has come; a crash meanwhile begins anew and forgets nobody', async () => {
  const it = bench(spec('rest_for_one', { intensity: 5 }));
  it.gates.set('c', () => undefined);
  it.exit('a');
  await it.settle();
  expect(it.notes).toEqual(['end c', 'end b', 'start a', 'start b']);
  expect(it.groups.list()[0]?.phase).toBe('restarting');
  it.exit('b');
  it.gates.delete('c');
  await it.settle();
  expect(it.notes.slice(4)).toEqual(['start b', 'start c']);
  expect([...it.members.values()].map(({ phase }) => phase)).toEqual(['running', 'running', 'running']);
});

test('group keeper: who was stopped by somebody stays stopped', async () => {
  const it = bench(spec('one_for_all'));
  it.groups.release('c', { isStart: false });
  Object.assign(it.member('c'), { phase: 'idle', identity: null });
  it.exit('a');
  await it.settle();
  expect(it.notes).toEqual(['end b', 'start a', 'start b']);
});

test('group keeper: who is stopped by somebody while the group restarts is not started', async () => {
  const it = bench(spec('one_for_all'));
  it.gates.set('a', () => undefined);
  it.exit('a');
  await it.settle();
  it.groups.release('b', { isStart: false });
  it.member('b').phase = 'idle';
  it.gates.get('a')?.();
  await it.settle();
  expect(it.notes).toEqual(['end c', 'end b', 'start a', 'start c']);
});

test('group keeper: the next supervisor ends the old processes that are left and starts nobody twice', async () => {
  const first = bench(spec('one_for_all'));
  first.gates.set('b', () => undefined);
  first.exit('c');
  await first.settle();
  await first.save();
  expect(first.notes).toEqual(['end b', 'end a', 'start a']);
  // Killed here: a runs anew, b and c wait. In another life b's old process had survived.
  const next = bench(spec('one_for_all'), first.records);
  Object.assign(next.member('a'), { identity: 'a:2', starts: 2 });
  Object.assign(next.member('c'), { identity: null, phase: 'waiting' });
  next.groups.load([...first.records].map(([key, value]) => ({ key, value })));
  await next.groups.whileAdopting(async () => undefined);
  await next.settle();
  expect(next.notes).toEqual(['end b', 'start b', 'start c']);
  expect(next.groups.list()[0]).toMatchObject({ phase: 'running', recentRestarts: 1 });
});

test('group keeper: what ended while nobody supervised is judged when all have been adopted', async () => {
  const it = bench(spec('rest_for_one'));
  await it.groups.whileAdopting(async () => {
    expect(it.exit('b')).toEqual({ do: 'hold' });
    expect(it.notes).toEqual([]);
  });
  await it.settle();
  expect(it.notes).toEqual(['end c', 'start b', 'start c']);
});

test('group keeper: a group that is gone leaves nobody waiting', async () => {
  const it = bench(spec('one_for_one', { intensity: 0 }));
  for (let count = 0; count < 2; count += 1) {
    it.exit('b', false);
    await it.settle();
  }
  it.notes.length = 0;
  it.groups.set([]);
  await it.settle();
  expect(it.notes).toEqual(['start a', 'start b', 'start c']);
  expect(it.groups.of('a')).toBeUndefined();
});

test('group keeper: a change keeps what a group has counted, wherever it is; one that gave up begins with a clean past', async () => {
  const it = bench(spec('one_for_one'));
  it.exit('b');
  it.groups.set([spec('one_for_one'), { ...spec('one_for_one'), name: 'h', members: ['x'] }]);
  expect(it.groups.list()[0]?.recentRestarts).toBe(1);
  it.groups.set([spec('one_for_all')]);
  expect(it.groups.list()[0]?.recentRestarts).toBe(1);
  it.exit('b', false);
  await it.settle();
  expect(it.groups.list()[0]).toMatchObject({ circuit: 'half_open' });
  it.groups.set([spec('one_for_all', { intensity: 2 })]);
  expect(it.groups.list()[0]).toMatchObject({ circuit: 'closed', recentRestarts: 0 });
});

test('group keeper: whoever must not start because somebody stopped it does not, and the others do', async () => {
  const it = bench(spec('one_for_all'));
  it.refused.add('b');
  it.exit('a');
  await it.settle();
  expect(it.notes).toEqual(['end c', 'end b', 'start a', 'start c']);
  expect(it.groups.list()[0]?.phase).toBe('running');
});

test('group keeper: a start that was under way when a restart began is not taken for what the restart has started', async () => {
  const first = bench(spec('one_for_all'));
  // Its second start has been asked for; no process is known yet.
  Object.assign(first.member('b'), { identity: null, starts: 2, phase: 'starting' });
  first.gates.set('a', () => undefined);
  first.exit('a');
  await first.settle();
  await first.save();
  const next = bench(spec('one_for_all'), first.records);
  Object.assign(next.member('a'), { identity: null, phase: 'waiting' });
  Object.assign(next.member('b'), { identity: 'b:2', starts: 2 });
  Object.assign(next.member('c'), { identity: null, phase: 'waiting' });
  next.groups.load([...first.records].map(([key, value]) => ({ key, value })));
  await next.groups.whileAdopting(async () => undefined);
  await next.settle();
  expect(next.notes).toEqual(['end b', 'start a', 'start b', 'start c']);
});
