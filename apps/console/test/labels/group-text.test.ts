import type { GroupView, PsEntry } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import {
  groupRows,
  lastText,
  memberText,
  phaseText,
  phaseTone,
  restartsText,
  retryText,
} from '../../src/labels/group-text.js';

const group = (name: string, members: string[], more: Partial<GroupView> = {}): GroupView => ({
  ...{ name, members, agents: members, running: members.length, parent: null, strategy: 'one_for_one' },
  ...{ phase: 'running', intensity: 5, periodMs: 30_000, recentRestarts: 1, circuit: 'closed' },
  ...{ retryAt: null, lastDecision: null },
  ...more,
});
const entry = (more: object) => ({ phase: 'running', waitsFor: null, ...more }) as PsEntry;

test('groups: members stand beneath their group in start order, groups within groups are indented', () => {
  const outer = group('outer', ['a', 'inner', 'z']);
  const rows = groupRows([group('inner', ['b'], { parent: 'outer' }), outer], []);
  expect(rows.map(({ kind, name, depth }) => [kind, name, depth])).toEqual([
    ['group', 'outer', 0],
    ['agent', 'a', 1],
    ['group', 'inner', 1],
    ['agent', 'b', 2],
    ['agent', 'z', 1],
  ]);
});

test('group phase: giving up and a try after it are said as what they are', () => {
  expect([phaseText(group('g', [])), phaseTone(group('g', []))]).toEqual(['running', 'good']);
  const broken = group('g', [], { phase: 'broken', circuit: 'open', retryAt: 10_000 });
  expect([phaseText(broken), phaseTone(broken)]).toEqual(['gave up', 'bad']);
  expect(retryText(broken, 4000)).toBe('tried again in 6 s');
  expect(retryText(group('g', []), 0)).toBe(undefined);
  const trial = group('g', [], { circuit: 'half_open' });
  expect([phaseText(trial), phaseTone(trial)]).toEqual(['running, on trial', 'warn']);
});

test('group decisions: what was decided, why, and who was started again', () => {
  const lastDecision = {
    at: 0,
    member: 'b',
    because: "'b' ended; rest_for_one of 'g'",
    restarted: ['b', 'c'],
  };
  expect(lastText(group('g', [], { lastDecision }))).toMatch(/'b' ended; rest_for_one of 'g' → b, c$/);
  expect(lastText(group('g', []))).toBe(undefined);
  expect(restartsText(group('g', []))).toBe('1 of 5 restarts in 30 s');
});

test('group member: whom it waits for, how many of it serve, else its phase', () => {
  expect(memberText(entry({ waitsFor: { for: ['queue'], since: 0, until: null } }))).toBe('waits for queue');
  expect(memberText(entry({ replicas: { desired: 3, serving: 2, isScaled: false } }))).toBe('2 of 3 serve');
  expect(memberText(entry({ phase: 'backoff' }))).toBe('backoff');
  expect(memberText(undefined)).toBe('unknown');
});
