import type { StoreWrite } from '@dreamnet/contracts';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createAuditLog } from '../../src/audit/audit-log.js';
import { createRecordKeeper } from '../../src/remediation/record-keeper.js';
import { createTestStore } from '../support.js';

function rig() {
  const disk = createTestStore();
  const waiting: StoreWrite[] = [];
  const audit = createAuditLog({ clock: createFakeClock(), publish: () => undefined, store: disk.store });
  const keeper = createRecordKeeper(audit, [{ drain: () => waiting.splice(0) }]);
  const put = (key: string, value: unknown): number =>
    waiting.push({ op: 'put', collection: 'c', key, value });
  return { ...disk, keeper, put };
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
