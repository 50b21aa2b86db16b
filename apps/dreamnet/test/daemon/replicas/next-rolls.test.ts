import type { ReplicaRecord } from '@dreamnet/os-linker';
import { createInProcessBus } from '@dreamnet/spine';
import { expect, test } from 'vitest';
import { createNextRolls } from '../../../src/daemon/replicas/next-rolls.js';

const UNDER_WAY = {
  moves: [{ from: 1, to: 2 }],
  index: 0,
  phase: 'starting' as const,
  startedAt: 0,
  phaseSince: 0,
  reason: 'first',
};
const RECORD: ReplicaRecord = {
  ...{ agent: 'web', declared: 'replicas 1', desired: 1, decisions: [], rolling: null },
  replicas: [{ slot: 1, port: null, isLeaving: false }],
};

function bench(record: ReplicaRecord, { isAdopted = true, refusal = '' } = {}) {
  const bus = createInProcessBus();
  const kept = { record };
  const rolls: string[] = [];
  const troubles: string[] = [];
  const next = createNextRolls(
    { bus, onTrouble: (text) => troubles.push(text) },
    {
      book: {
        get: () => kept.record,
        change: async (_, change) => {
          kept.record = (await change(kept.record)) ?? kept.record;
          return kept.record;
        },
      },
      roll: async (_, reason) => {
        if (refusal !== '') throw new Error(refusal);
        rolls.push(reason);
        const { next: _next, ...rest } = kept.record;
        kept.record = { ...rest, rolling: { ...UNDER_WAY, reason } };
      },
      isAdopted: () => isAdopted,
    },
  );
  const over = async () => {
    kept.record = { ...kept.record, rolling: { ...UNDER_WAY, phase: 'done' } };
    const data = { phase: 'done', step: 1, steps: 1, replaces: 'web#1', by: 'web#2', because: '' } as const;
    bus.publish({ id: 'e', at: 0, source: 'daemon', type: 'rolling.changed', subject: 'web', data });
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { next, kept, rolls, troubles, over };
}

test('next: one begins at once; of those that come while it is under way one follows, and is stored until then', async () => {
  const it = bench(RECORD);
  expect(await it.next.begin('web', 'first')).toBe('begun');
  expect(await it.next.begin('web', 'second')).toBe('queued');
  expect(await it.next.begin('web', 'third')).toBe('queued');
  expect(it.kept.record.next).toBe('third');
  await it.over();
  expect([it.rolls, it.kept.record.next]).toEqual([['first', 'third'], undefined]);
  await it.over();
  expect(it.rolls).toEqual(['first', 'third']);
});

test('next: what a killed daemon had queued begins under the next one, now or when the one under way is over', async () => {
  const now = bench({ ...RECORD, next: 'before' });
  await now.next.resume('web');
  expect(now.rolls).toEqual(['before']);
  const later = bench({ ...RECORD, rolling: UNDER_WAY, next: 'before' });
  await later.next.resume('web');
  expect(later.rolls).toEqual([]);
  await later.over();
  expect(later.rolls).toEqual(['before']);
});

test('next: when every process was started since, nothing follows', async () => {
  const it = bench({ ...RECORD, next: 'before' }, { isAdopted: false });
  await it.next.resume('web');
  expect([it.rolls, it.kept.record.next]).toEqual([[], undefined]);
});

test('next: one that is dropped, or cannot be begun, is not tried without end', async () => {
  const dropped = bench({ ...RECORD, rolling: UNDER_WAY, next: 'before' });
  await dropped.next.drop('web');
  await dropped.over();
  expect([dropped.rolls, dropped.troubles]).toEqual([[], []]);
  const refused = bench({ ...RECORD, next: 'before' }, { refusal: 'no process of it runs' });
  await refused.next.resume('web');
  expect(refused.troubles).toEqual(['web: is not restarted for before: no process of it runs']);
  expect(refused.kept.record.next).toBeUndefined();
});
