import type { OSProcessStatus } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { PROCESS_EVENTS, PROCESS_STATUS_TABLE, stepProcessStatus } from '../../src/index.js';

/** Every cell as the diagram says it: event → stopped, pending, running, error. `-` is refused. */
const CELLS: Record<(typeof PROCESS_EVENTS)[number], string> = {
  launch_requested: 'pending pending - pending',
  process_started: 'running running running running',
  launch_failed: '- error - error',
  configuration_missing: 'pending pending - pending',
  exited_clean: 'stopped stopped stopped stopped',
  failed: '- error error error',
  restart_scheduled: 'pending pending pending pending',
  gave_up: '- error error error',
  stop_requested: 'stopped pending running error',
  stop_completed: 'stopped stopped stopped stopped',
  sight_lost: 'stopped pending pending error',
  found_gone: '- error error error',
};
const STATUSES: readonly OSProcessStatus[] = ['stopped', 'pending', 'running', 'error'];

for (const event of PROCESS_EVENTS) {
  for (const [place, status] of STATUSES.entries()) {
    const expected = CELLS[event].split(' ')[place];
    test(`process status: ${event} in ${status} is ${expected === '-' ? 'refused' : expected}`, () => {
      const outcome = stepProcessStatus(status, event);
      expect(outcome.ok ? outcome.to : '-').toBe(expected);
    });
  }
}

test('process status: only a process that started makes it running', () => {
  for (const [status, row] of Object.entries(PROCESS_STATUS_TABLE)) {
    for (const [event, to] of Object.entries(row)) {
      const isStart = event === 'process_started';
      const isStaying = status === 'running';
      expect(to !== 'running' || isStart || isStaying).toBe(true);
    }
  }
});

test('process status: a refusal is a value that says what was impossible', () => {
  expect(stepProcessStatus('running', 'launch_requested')).toEqual({
    ok: false,
    from: 'running',
    because: "'launch_requested' is not possible in state 'running'",
  });
});
