import { expect, test } from 'vitest';
import { roundTrip } from './round-trip.js';

test('compose: conditions of an order that a fleet file does not know are named', () => {
  const { fleet, text } = roundTrip({
    'compose.yaml': `
services:
  web:
    command: sleep 1
    depends_on:
      migration: { condition: service_completed_successfully }
      db: { condition: service_healthy, restart: true }
      queue: { condition: service_started, required: false }
      other: { condition: '\${WHEN}' }
  migration: { command: sleep 2 }
  db: { command: sleep 3, healthcheck: { test: [CMD, 'true'] } }
  queue: { command: sleep 4 }
  other: { command: sleep 5 }
`,
  });
  expect(fleet.agents.web?.dependsOn).toEqual(['migration', 'db', 'queue', 'other']);
  for (const note of [
    'not carried over: depends_on.migration: service_completed_successfully; it is started when migration runs, and must wait itself until migration has ended well',
    'not carried over: depends_on.db.restart; it goes on when db is restarted',
    'not carried over: depends_on.queue.required; queue is waited for when it is here',
    `not carried over: depends_on.other: \${WHEN}; it is started when other is ready`,
  ])
    expect(text).toContain(`# ${note}\n`);
  expect(text).not.toContain('service_healthy');
  expect(text).not.toContain('service_started');
});
