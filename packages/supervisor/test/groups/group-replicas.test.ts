import type { ProcessGroupSpec } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { bench, replicated } from './group-rig.js';

test('group keeper: a replica that ends while another one runs is its own affair, whatever the strategy', () => {
  for (const strategy of ['one_for_one', 'rest_for_one', 'one_for_all'] as const) {
    const it = bench(replicated(strategy));
    it.member('web#1').identity = null;
    expect(it.groups.of('web#1')?.isReplaced()).toBe(true);
    expect(it.groups.of('a')?.isReplaced()).toBe(false);
  }
});

test('group keeper: the end of the last replica is the end of the member, and the strategy acts on all of it', async () => {
  const restarted = async (strategy: ProcessGroupSpec['strategy']) => {
    const it = bench(replicated(strategy));
    Object.assign(it.member('web#1'), { identity: null, phase: 'backoff' });
    expect(it.groups.of('web#2')?.isReplaced()).toBe(false);
    it.exit('web#2');
    await it.settle();
    return { notes: it.notes, restarts: it.groups.list()[0]?.recentRestarts };
  };
  expect(await restarted('one_for_one')).toEqual({ notes: ['start web#1', 'start web#2'], restarts: 1 });
  expect(await restarted('rest_for_one')).toEqual({
    notes: ['end c', 'start web#1', 'start web#2', 'start c'],
    restarts: 1,
  });
  expect(await restarted('one_for_all')).toEqual({
    notes: ['end c', 'end a', 'start a', 'start web#1', 'start web#2', 'start c'],
    restarts: 1,
  });
});

test('group keeper: replicas end and start with the members before and after them', async () => {
  const it = bench(replicated('one_for_all'));
  it.exit('a');
  await it.settle();
  expect(it.notes).toEqual([
    'end c',
    'end web#2',
    'end web#1',
    'start a',
    'start web#1',
    'start web#2',
    'start c',
  ]);
});

test('group keeper: a replica that comes or goes changes nothing of the past, and one that went is not started', async () => {
  const it = bench(replicated('one_for_all', { intensity: 5 }));
  it.exit('a');
  await it.settle();
  it.gates.set('a', () => undefined);
  it.exit('a');
  await it.settle();
  it.notes.length = 0;
  it.groups.set([replicated('one_for_all', { intensity: 5, replicas: { web: ['web#1'] } })]);
  expect(it.groups.list()[0]).toMatchObject({ phase: 'restarting', recentRestarts: 2 });
  it.gates.get('a')?.();
  await it.settle();
  expect(it.notes).toEqual(['start a', 'start web#1', 'start c']);
});

test('group keeper: a member scaled to zero is no hole in the order, and nobody is started for it', async () => {
  const it = bench(replicated('rest_for_one', { replicas: { web: [] } }));
  it.exit('a');
  await it.settle();
  expect(it.notes).toEqual(['end c', 'start a', 'start c']);
});

test('group keeper: of several replicas that ended while nobody supervised, the group decides about the last one only', async () => {
  const it = bench(replicated('one_for_all'));
  await it.groups.whileAdopting(async () => {
    expect(it.groups.of('web#1')?.isReplaced()).toBe(false);
    it.exit('web#1');
  });
  await it.settle();
  expect(it.notes).toEqual(['start web#1']);
});

test('group keeper: a replica that waits for its own restart does not start while its group ends its members', async () => {
  for (const intensity of [0, 5]) {
    const it = bench(replicated('rest_for_one', { intensity }));
    let letEnd: () => void = () => undefined;
    it.member('c').ending = new Promise((resolve) => {
      letEnd = resolve;
    });
    // Gone while the other one still ran; then the other one goes, and with it the member.
    Object.assign(it.member('web#1'), { identity: null, phase: 'backoff' });
    it.exit('web#2', false);
    await it.settle();
    it.member('web#1').due();
    expect(it.notes).toEqual([]);
    letEnd();
    await it.settle();
    const all = ['start web#1', 'start web#2', 'start c'];
    expect(it.notes).toEqual(intensity === 0 ? ['end c', 'end a', 'start a', ...all] : ['end c', ...all]);
  }
});
