import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ProcessGroupSpec, RestartType } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import {
  beginGroupTrial,
  confirmMember,
  decideForGroup,
  type GroupHistory,
  type MemberExit,
  NO_GROUP_HISTORY,
} from '../../src/groups/group-decision.js';
import { createGroupForest } from '../../src/groups/group-forest.js';

const group = (
  name: string,
  members: readonly string[],
  rest: Partial<ProcessGroupSpec> = {},
): ProcessGroupSpec => ({
  ...{ name, members, strategy: 'one_for_one', intensity: 1, periodMs: 1000 },
  ...{ retryAfterMs: 2000, retryMaxMs: 8000 },
  ...rest,
});
const crash = (id: string, atMs = 0, rest: Partial<MemberExit> = {}): MemberExit => ({
  ...{ id, exit: 'abnormal', atMs, isHealthy: true },
  ...rest,
});
const permanent = (_id: string): RestartType => 'permanent';

/** Feeds exits one after another. @returns what was decided for each, and the history after the last. */
function run(specs: readonly ProcessGroupSpec[], exits: readonly MemberExit[], typeOf = permanent) {
  const forest = createGroupForest(specs);
  let history: GroupHistory = NO_GROUP_HISTORY;
  const verdicts = exits.map((exit) => {
    const decided = decideForGroup({ forest, history }, exit, typeOf);
    history = decided.history;
    return decided.verdict;
  });
  return { verdicts, history, forest };
}

test('group: one_for_one restarts whoever ended, rest_for_one it and those after it, one_for_all everybody', () => {
  const restarted = (strategy: ProcessGroupSpec['strategy']) =>
    run([group('g', ['a', 'b', 'c'], { strategy })], [crash('b')]).verdicts[0];
  expect(restarted('one_for_one')).toMatchObject({ do: 'restart', restart: ['b'] });
  expect(restarted('rest_for_one')).toMatchObject({ do: 'restart', restart: ['b', 'c'] });
  expect(restarted('one_for_all')).toMatchObject({ do: 'restart', restart: ['a', 'b', 'c'] });
});

test('group: intensity counts the restarts of all its members together', () => {
  const { verdicts } = run([group('g', ['a', 'b'])], [crash('a', 0), crash('b', 1000)]);
  expect(verdicts[1]).toEqual({ do: 'give_up', restarts: 1, failedTrials: 0, retryAfterMs: 0 });
});

test('group: one that gives up within another ends as its member, and is restarted with a clean past', () => {
  const specs = [
    group('outer', ['a', 'inner', 'z'], { strategy: 'rest_for_one' }),
    group('inner', ['b', 'c']),
  ];
  const { verdicts, history } = run(specs, [crash('b', 0), crash('c', 1), crash('b', 2)]);
  expect(verdicts).toMatchObject([
    { do: 'restart', group: 'inner', restart: ['b'] },
    { do: 'restart', group: 'outer', restart: ['b', 'c', 'z'] },
    { do: 'restart', group: 'inner', restart: ['b'] },
  ]);
  expect(history.circuit).toBe('closed');
});

test('group: escalation goes on to the top, which gives up', () => {
  const specs = [group('outer', ['inner']), group('inner', ['a'])];
  const exits = [0, 1, 2, 3].map((at) => crash('a', at));
  expect(run(specs, exits).verdicts.map((verdict) => verdict.do)).toEqual([
    'restart',
    'restart',
    'restart',
    'give_up',
  ]);
});

test('group: after giving up the first try is at once, later ones wait, doubled and capped', () => {
  const forest = createGroupForest([group('g', ['a'], { intensity: 0 })]);
  let history: GroupHistory = NO_GROUP_HISTORY;
  const waits = [0, 1, 2, 3, 4].map((at) => {
    const exit = crash('a', at * 100_000, { isHealthy: false });
    const decided = decideForGroup({ forest, history }, exit, permanent);
    history = beginGroupTrial(decided.history);
    return decided.verdict.do === 'give_up' ? decided.verdict.retryAfterMs : decided.verdict.do;
  });
  expect(waits).toEqual([0, 2000, 4000, 8000, 8000]);
});

test('group: a try has succeeded when the member that failed serves, not when another does', () => {
  const { history } = run([group('g', ['a', 'b'], { intensity: 0 })], [crash('a')]);
  const trial = beginGroupTrial(history);
  expect(confirmMember(trial, 'b').circuit).toBe('half_open');
  expect(confirmMember(trial, 'a')).toEqual(NO_GROUP_HISTORY);
});

test('group: a transient member that is done stays down, yet is started again with the others', () => {
  const specs = [group('g', ['a', 'job', 'once'], { strategy: 'one_for_all' })];
  const types: Record<string, RestartType> = { a: 'permanent', job: 'transient', once: 'temporary' };
  const exits = [crash('job', 0, { exit: 'normal' }), crash('once', 0), crash('a', 1)];
  const { verdicts } = run(specs, exits, (id) => types[id] ?? 'permanent');
  expect(verdicts).toMatchObject([{ do: 'finish' }, { do: 'finish' }, { restart: ['a', 'job'] }]);
});

test('group: a member that was done and runs again, because somebody started it, counts as running', () => {
  const specs = [group('g', ['job'])];
  const transient = (_id: string): RestartType => 'transient';
  const { verdicts } = run(specs, [crash('job', 0, { exit: 'normal' }), crash('job', 1)], transient);
  expect(verdicts).toMatchObject([{ do: 'finish' }, { do: 'restart', restart: ['job'] }]);
});

const RECORDED = fileURLToPath(
  new URL('../../../../../shared/bench/supervision/otp-supervisor-dev.ndjson', import.meta.url),
);

interface Recorded {
  id: string;
  strategy: ProcessGroupSpec['strategy'];
  intensity: number;
  period: number;
  children: { id: string; restart: RestartType }[];
  events: { child: string; exit: MemberExit['exit']; waitMs: number }[];
  expected: { sup: 'alive' | 'dead'; children?: Record<string, { starts: number; state: string }> }[];
}

test('group: every scenario recorded from Erlang/OTP 25 starts the same members as often, and gives up where it died', (ctx) => {
  if (!existsSync(RECORDED)) return ctx.skip('the recorded scenarios are not beside this checkout');
  const lines = readFileSync(RECORDED, 'utf8').trim().split('\n');
  for (const line of lines) {
    const { id, strategy, intensity, period, children, events, expected } = JSON.parse(line) as Recorded;
    const members = children.map((child) => child.id);
    const forest = createGroupForest([group('g', members, { strategy, intensity, periodMs: period * 1000 })]);
    const starts = new Map(members.map((member) => [member, 1]));
    let history: GroupHistory = NO_GROUP_HISTORY;
    let atMs = 0;
    for (const [at, { child, exit, waitMs }] of events.entries()) {
      atMs += waitMs;
      const after = expected[at];
      if (after?.sup === 'dead' && history.circuit !== 'closed') break;
      // What does not run cannot end: the recording sends such exits too.
      if (
        history.groups.get('g')?.children.find((one) => one.id === child)?.state !== 'running' &&
        at > 0 &&
        history.groups.has('g')
      )
        continue;
      const decided = decideForGroup(
        { forest, history },
        { id: child, exit, atMs, isHealthy: true },
        (name) => children.find((one) => one.id === name)?.restart ?? 'permanent',
      );
      history = decided.history;
      const { verdict } = decided;
      if (verdict.do === 'restart')
        for (const one of verdict.restart) starts.set(one, (starts.get(one) ?? 0) + 1);
      expect([id, at, verdict.do === 'give_up']).toEqual([id, at, after?.sup === 'dead']);
      if (after?.sup === 'alive')
        for (const [name, { starts: count, state }] of Object.entries(after.children ?? {}))
          if (state !== 'removed') expect([id, at, name, starts.get(name)]).toEqual([id, at, name, count]);
    }
  }
  expect(lines.length).toBeGreaterThan(200);
});
