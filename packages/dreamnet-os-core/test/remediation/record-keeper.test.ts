import type { StoreWrite } from '@dreamnet/contracts';
import { createFakeClock, refuseForGood } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createAuditLog } from '../../src/audit/audit-log.js';
import { createRecordKeeper } from '../../src/remediation/record-keeper.js';
import { createTestStore } from '../support.js';

function rig(isUnstorable: (write: StoreWrite) => boolean = () => false) {
  const disk = createTestStore();
  refuseForGood(disk.store, isUnstorable);
  const troubles: unknown[] = [];
  const waiting: StoreWrite[] = [];
  const audit = createAuditLog({ clock: createFakeClock(), publish: () => undefined, store: disk.store });
  const keeper = createRecordKeeper(audit, [{ drain: () => waiting.splice(0) }], (...told) => {
    troubles.push(told);
  });
  const put = (key: string, value: unknown): number =>
    waiting.push({ op: 'put', collection: 'c', key, value });
  return { ...disk, keeper, put, audit, troubles };
}

test('record keeper: what the store refused is written with the next commit, the newest of each record', async () => {
  const { keeper, put, state, store } = rig();
  put('a', 1);
  put('b', 1);
  state.isBroken = true;
  expect(await keeper.commit()).toBe(false);
  put('a', 2);
  expect(await keeper.commit()).toBe(false);
  state.isBroken = false;
  expect(await keeper.commit()).toBe(true);
  expect([await store.read('c', 'a'), await store.read('c', 'b')]).toEqual([2, 1]);
});

test('record keeper: many changes of one turn are one commit, and nothing changed is none', async () => {
  const { keeper, put, state } = rig();
  for (let index = 0; index < 10; index += 1) {
    put(`key-${index}`, index);
    keeper.commitSoon();
  }
  await keeper.settled();
  expect(state.commits).toBe(1);
  expect(await keeper.commit()).toBe(true);
  expect(state.commits).toBe(1);
});

test('record keeper: a waiting record that can never be stored keeps nobody else from being recorded, and is told once', async () => {
  const { keeper, put, store, audit, troubles } = rig(
    (write) => write.op === 'put' && write.key === 'endless',
  );
  put('endless', 'x');
  put('a', 1);
  expect(await keeper.commit({ actor: 'anna', action: 'silence', target: 's', details: {} })).toBe(true);
  put('b', 1);
  expect(await keeper.kept()).toBe(true);
  expect([await store.read('c', 'a'), await store.read('c', 'b'), await store.read('c', 'endless')]).toEqual([
    1,
    1,
    undefined,
  ]);
  expect(await audit.entries()).toHaveLength(1);
  expect(troubles).toEqual([
    [
      'store.failed',
      'c/endless',
      { operation: 'write c/endless', error: expect.stringContaining("'c/endless' can never be stored") },
    ],
  ]);
});

test('record keeper: an order whose own entry can never be stored is refused, and what waited with it is kept', async () => {
  const { keeper, put, store, audit } = rig(
    (write) => write.op === 'append' && JSON.stringify(write).includes('endless'),
  );
  put('a', 1);
  expect(await keeper.commit({ actor: 'anna', action: 'silence', target: 'endless', details: {} })).toBe(
    false,
  );
  expect(await keeper.commit()).toBe(true);
  expect(await store.read('c', 'a')).toBe(1);
  expect(await audit.entries()).toEqual([]);
});
