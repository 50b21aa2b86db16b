import { createFakeClock, refuseForGood } from '@dreamnet/testkit';
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
  const writer = new RecordWriter(store, new Events().publish, createFakeClock());
  writer.write('a', () => record(1));
  writer.write('a', () => record(2));
  await writer.flush();
  expect(store.values.get('a')).toMatchObject({ restarts: 2 });
  writer.write('a', () => null);
  await writer.flush();
  expect(store.values.size).toBe(0);
});

test('record writer: changes within 20 ms share a commit, and those of a commit under way wait for the next', async () => {
  const clock = createFakeClock();
  const store = new FakeStore();
  let commits = 0;
  const commit = store.commit.bind(store);
  store.commit = (writes) => {
    commits += 1;
    if (commits === 1) writer.write('c', () => record(1));
    return commit(writes);
  };
  const writer = new RecordWriter(store, new Events().publish, clock);
  writer.write('a', () => record(1));
  await clock.advance(19);
  writer.write('b', () => record(1));
  expect(commits).toBe(0);
  await clock.advance(1);
  expect([commits, [...store.values.keys()]]).toEqual([1, ['a', 'b']]);
  await clock.advance(20);
  expect([commits, [...store.values.keys()]]).toEqual([2, ['a', 'b', 'c']]);
});

test('record writer: a failing store is told, and the record is written when it works again', async () => {
  const store = new FakeStore();
  const events = new Events();
  const writer = new RecordWriter(store, events.publish, createFakeClock());
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

test('record writer: a record that can never be stored is told once and holds up no other one', async () => {
  const store = refuseForGood(new FakeStore(), (write) => write.op === 'put' && write.key === 'endless');
  const events = new Events();
  const clock = createFakeClock();
  const writer = new RecordWriter(store, events.publish, clock);
  for (const key of ['a', 'endless', 'b']) writer.write(key, () => record(1));
  await writer.flush();
  await clock.advance(60_000);
  await writer.flush();
  expect([...store.values.keys()]).toEqual(['a', 'b']);
  expect(events.ofType('store.failed')).toEqual([
    expect.objectContaining({ error: expect.stringContaining('supervised/endless') }),
  ]);
});
