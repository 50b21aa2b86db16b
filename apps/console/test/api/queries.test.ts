import { expect, test } from 'vitest';
import { affectedBy } from '../../src/api/queries.js';

test('staleness: an event makes what it is about stale', () => {
  expect(affectedBy('alert.activated')).toContain('alerts');
  expect(affectedBy('process.exited')).toContain('agents');
  expect(affectedBy('incident.advanced')).toContain('incidents');
  // An incident is called by what is open.
  expect(affectedBy('alert.resolved')).toContain('incidents');
  expect(affectedBy('route.withdrawn')).toEqual(['routes']);
});

test('staleness: calls and audit entries, which come often, ask for nothing', () => {
  expect(affectedBy('call.finished')).toEqual([]);
  expect(affectedBy('audit.recorded')).toEqual([]);
});

test('staleness: a new configuration makes everything stale', () => {
  expect(affectedBy('config.applied')).toEqual(
    expect.arrayContaining(['status', 'agents', 'routes', 'gaps', 'incidents', 'history']),
  );
});
