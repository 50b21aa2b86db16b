import type { RemedyState } from '@dreamnet/contracts';
import { step, type TransitionTable } from '@dreamnet/kit';
import { expect, test } from 'vitest';
import {
  isFinished,
  isUnderWay,
  REMEDY_STATES,
  type RemedyEvent,
} from '../../src/remediation/remedy-states.js';

const TABLE: TransitionTable<RemedyState, RemedyEvent> = REMEDY_STATES;
const EVENTS: readonly RemedyEvent[] = [
  'ask',
  'approve',
  'reject',
  'expire',
  'supersede',
  'adopt',
  'execute',
  'executed',
  'passed',
  'failed',
];
/** Every cell, row by row; `-` is refused. */
const CELLS: Record<RemedyState, string> = {
  proposed: 'needs_approval approved rejected expired superseded verifying - - - -',
  needs_approval: '- approved rejected expired superseded - - - - -',
  approved: '- - rejected expired superseded - executing - - -',
  executing: '- - - - superseded - - verifying - failed',
  verifying: '- - - - superseded - - - succeeded failed',
  succeeded: '- - - - - - - - - -',
  failed: '- - - - - - - - - -',
  rejected: '- - - - - - - - - -',
  expired: '- - - - - - - - - -',
  superseded: '- - - - - - - - - -',
};

test('remedy states: every cell of the table is decided', () => {
  for (const [state, row] of Object.entries(CELLS) as [RemedyState, string][]) {
    const cells = row.split(' ');
    expect(cells).toHaveLength(EVENTS.length);
    for (const [index, event] of EVENTS.entries()) {
      const outcome = step(TABLE, state, event);
      expect(outcome.ok ? outcome.to : '-', `${state} × ${event}`).toBe(cells[index]);
    }
  }
});

test('remedy states: only verification leads to success, and only an approved remedy is executed', () => {
  const leadTo = (to: RemedyState): string[] =>
    (Object.keys(TABLE) as RemedyState[]).filter((from) => EVENTS.some((event) => TABLE[from][event] === to));
  expect(leadTo('succeeded')).toEqual(['verifying']);
  expect(leadTo('executing')).toEqual(['approved']);
});

test('remedy states: a finished state has no way out, an unfinished one has', () => {
  for (const state of Object.keys(TABLE) as RemedyState[]) {
    expect(isFinished(state), state).toBe(EVENTS.every((event) => TABLE[state][event] === undefined));
    if (isUnderWay(state)) expect(isFinished(state)).toBe(false);
  }
});
