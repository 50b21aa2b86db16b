import { expect, test } from 'vitest';
import type { ProcessRecord } from '../../src/records/process-record.js';
import { readRecord } from '../../src/records/process-record.js';
import { RecordWriter } from '../../src/records/record-writer.js';
import { Events, FakeStore } from '../fixtures/harness.js';

const record = (restarts: number): ProcessRecord => ({
  ...{ id: 'a', phase: 'running', generation: 1, identity: null, stdio: 'log', startedAt: null },
  ...{ restarts, lastExit: null, nextAttemptAt: null },
  history: { restartsAt: [], shortRuns: 0, circuit: 'closed', failedTrials: 0 },
});

test('record writer: several changes of one turn are one write of the newest', async () => {
  const store = new FakeStore();
  const writer = new RecordWriter(store, new Events().publish);
  writer.write('a', () => record(1));
  writer.write('a', () => record(2));
  await writer.flush();
  expect(store.values.get('a')).toMatchObject({ restarts: 2 });
  writer.write('a', () => null);
  await writer.flush();
  expect(store.values.size).toBe(0);
});

test('record writer: a failing store is told, and the record is written when it works again', async () => {
  const store = new FakeStore();
  const events = new Events();
  const writer = new RecordWriter(store, events.publish);
  store.isFailing = true;
  writer.write('a', () => record(3));
  await writer.flush();
  expect(events.ofType('store.failed')).toEqual([expect.objectContaining({ error: 'disk full' })]);
  store.isFailing = false;
  await writer.flush();
  expect(store.values.get('a')).toMatchObject({ restarts: 3 });
});

test('record: a value of another shape is not taken for one', () => {
  expect(readRecord({ key: 'a', value: record(0) })?.id).toBe('a');
  expect(readRecord({ key: 'a', value: { id: 'a' } })).toBeUndefined();
  expect(readRecord({ key: 'a', value: null })).toBeUndefined();
});
