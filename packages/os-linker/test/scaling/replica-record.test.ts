import { expect, test } from 'vitest';
import {
  deleteReplicas,
  loadReplicas,
  putReplicas,
  type ReplicaRecord,
  withDecision,
  withoutNext,
} from '../../src/scaling/replica-record.js';
import { createMemoryStore } from '../fixtures/memory-store.js';

const RECORD: ReplicaRecord = {
  agent: 'worker',
  declared: '3',
  desired: 3,
  replicas: [{ slot: 1, port: 7801, isLeaving: false }],
  rolling: {
    moves: [{ from: 1, to: 2 }],
    index: 0,
    phase: 'starting',
    startedAt: 1,
    phaseSince: 2,
    reason: 'restart by ann',
  },
  decisions: [],
};

test('records: what was stored is loaded; what is damaged is named and left out', async () => {
  const store = createMemoryStore();
  const wrong = { ...RECORD, agent: 'broken', rolling: { ...RECORD.rolling, index: 7 } };
  await store.commit([
    putReplicas(RECORD),
    { op: 'put', collection: 'linker.replicas', key: 'broken', value: wrong },
    { op: 'put', collection: 'linker.replicas', key: 'older', value: 'three' },
  ]);
  expect(await loadReplicas(store)).toEqual({ records: [RECORD], unreadable: ['broken', 'older'] });
  await store.commit([deleteReplicas('worker')]);
  expect((await loadReplicas(store)).records).toEqual([]);
});

test('next: what is to follow a rolling restart is stored with it, and can be taken out', async () => {
  const store = createMemoryStore();
  const waiting = { ...RECORD, next: 'setting key' };
  await store.commit([putReplicas(waiting)]);
  expect((await loadReplicas(store)).records).toEqual([waiting]);
  expect(withoutNext(waiting)).toEqual(RECORD);
  expect(withoutNext(RECORD)).toBe(RECORD);
});

test('decisions: the newest are kept', () => {
  const decision = { at: 0, from: 1, to: 2, metric: 'cpu', value: 1, target: 1, formula: '', because: '' };
  let record = RECORD;
  for (let at = 0; at < 100; at += 1) record = withDecision(record, { ...decision, at });
  expect(record.decisions.map(({ at }) => at)).toEqual(Array.from({ length: 24 }, (_, index) => 76 + index));
});
