import type { RestartStrategy } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { createRestartGroup, stepGroup } from '../../src/index.js';

const group = (strategy: RestartStrategy, restarts: readonly ('permanent' | 'transient' | 'temporary')[]) =>
  createRestartGroup(
    strategy,
    { intensity: 1, periodMs: 1000 },
    restarts.map((restart, at) => ({ id: `c${at + 1}`, restart })),
  );
const crash = (child: string, atMs = 0) => ({ child, exit: 'abnormal', atMs }) as const;

test('one_for_one: only the child that ended starts again', () => {
  const step = stepGroup(group('one_for_one', ['permanent', 'permanent']), crash('c1'));
  expect(step.actions).toEqual([{ do: 'start', child: 'c1' }]);
});

test('one_for_all: the others end last to first, then all start in order', () => {
  const step = stepGroup(group('one_for_all', ['permanent', 'permanent', 'permanent']), crash('c2'));
  expect(step.actions.map((action) => `${action.do} ${action.child}`)).toEqual([
    'terminate c3',
    'terminate c1',
    'start c1',
    'start c2',
    'start c3',
  ]);
});

test('rest_for_one: children before the one that ended are left alone', () => {
  const step = stepGroup(group('rest_for_one', ['permanent', 'permanent', 'permanent']), crash('c2'));
  expect(step.actions.map((action) => `${action.do} ${action.child}`)).toEqual([
    'terminate c3',
    'start c2',
    'start c3',
  ]);
});

test('one_for_all: a temporary child ended with the others is gone, a stopped transient one starts again', () => {
  let current = group('one_for_all', ['permanent', 'temporary', 'transient']);
  current = stepGroup(current, { child: 'c3', exit: 'normal', atMs: 0 }).group;
  expect(current.children[2]?.state).toBe('stopped');
  const step = stepGroup(current, crash('c1'));
  expect(step.group.children.map(({ state, starts }) => [state, starts])).toEqual([
    ['running', 2],
    ['removed', 1],
    ['running', 2],
  ]);
});

test('intensity: one restart too many within the period ends everything for good', () => {
  const once = stepGroup(group('one_for_one', ['permanent', 'permanent']), crash('c1', 0)).group;
  const twice = stepGroup(once, crash('c1', 1000));
  expect(twice.because).toBe('intensity_exceeded');
  expect(twice.actions).toEqual([{ do: 'terminate', child: 'c2' }]);
  expect(stepGroup(twice.group, crash('c2', 9000)).because).toBe('not_running');
});

test('intensity: the window slides, an older restart does not count', () => {
  const once = stepGroup(group('one_for_one', ['permanent']), crash('c1', 0)).group;
  expect(stepGroup(once, crash('c1', 1001)).because).toBe('restarted');
});

test('temporary: never restarted and not counted', () => {
  const step = stepGroup(group('one_for_one', ['temporary']), crash('c1'));
  expect(step.because).toBe('removed');
  expect(step.group.restartsAtMs).toEqual([]);
});
