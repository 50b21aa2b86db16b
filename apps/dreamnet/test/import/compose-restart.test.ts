import { expect, test } from 'vitest';
import { roundTrip } from './round-trip.js';

test('compose: a service without a restart policy runs once, as compose has it; a policy under deploy counts', () => {
  const { fleet, text } = roundTrip({
    'compose.yaml': `
services:
  migration: { command: sleep 1 }
  empty: { command: sleep 1, restart: }
  always: { command: sleep 2, deploy: { restart_policy: { delay: 5s } } }
  failing: { command: sleep 3, deploy: { restart_policy: { condition: on-failure, max_attempts: 3 } } }
  never: { command: sleep 4, deploy: { restart_policy: { condition: none } } }
  own: { command: sleep 5, restart: always, deploy: { restart_policy: { condition: none } } }
  set: { command: sleep 6, deploy: { restart_policy: { condition: '\${WHEN:-on-failure}' } } }
`,
  });
  expect(Object.entries(fleet.agents).map(([name, { restart }]) => [name, restart.policy])).toEqual([
    ['migration', 'temporary'],
    ['empty', 'temporary'],
    ['always', 'permanent'],
    ['failing', 'transient'],
    ['never', 'temporary'],
    ['own', 'permanent'],
    ['set', 'transient'],
  ]);
  expect(text).toContain('# not carried over: deploy.restart_policy.delay\n');
  expect(text).toContain('# not carried over: deploy.restart_policy.max_attempts\n');
});
