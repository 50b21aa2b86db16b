import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createAuditLog } from '../../src/audit/audit-log.js';
import { createTestStore } from '../support.js';

const publish = (): void => undefined;
const draft = (target: string) => ({ actor: 'ada', action: 'remedy.approve', target });

test('audit log: the chain goes on where the last program left it', async () => {
  const clock = createFakeClock();
  const { store } = createTestStore();
  await createAuditLog({ clock, publish, store }).record([draft('one')]);
  const next = createAuditLog({ clock, publish, store });
  await Promise.all([next.record([draft('two')]), next.record([draft('three')])]);
  expect((await next.entries()).map(({ sequence, target }) => [sequence, target])).toEqual([
    [1, 'one'],
    [2, 'two'],
    [3, 'three'],
  ]);
  expect(await next.verify()).toEqual({ ok: true, entries: 3 });
});

test('audit log: what the store refused is not part of the chain', async () => {
  const clock = createFakeClock();
  const failed: string[] = [];
  const { store, state } = createTestStore();
  const log = createAuditLog({ clock, store, publish: (type) => failed.push(type) });
  await log.record([draft('one')]);
  state.isBroken = true;
  await expect(log.record([draft('lost')])).rejects.toThrow();
  state.isBroken = false;
  await log.record([draft('two')]);
  expect((await log.entries()).map(({ target }) => target)).toEqual(['one', 'two']);
  expect(await log.verify()).toEqual({ ok: true, entries: 2 });
  expect(failed).toContain('store.failed');
});

test('audit log: an entry and the writes it announces are one commit', async () => {
  const clock = createFakeClock();
  const { store, state } = createTestStore();
  const log = createAuditLog({ clock, publish, store });
  await log.record(
    [draft('one')],
    [{ op: 'put', collection: 'remedies', key: 'r', value: { state: 'executing' } }],
  );
  expect(state.commits).toBe(1);
  expect(await store.read('remedies', 'r')).toEqual({ state: 'executing' });
});

test('audit log: tampering with the stored chain is found however long it is', async () => {
  const clock = createFakeClock();
  const { store } = createTestStore();
  const log = createAuditLog({ clock, publish, store });
  const names = Array.from({ length: 1500 }, (_, index) => draft(`target-${index}`));
  await log.record(names);
  expect(await log.verify()).toEqual({ ok: true, entries: 1500 });
  const entries = await store.readJournal('audit', { after: 1200, limit: 1 });
  (entries[0]?.value as { actor: string }).actor = 'eve';
  expect(await log.verify()).toMatchObject({ ok: false, sequence: 1201 });
});
