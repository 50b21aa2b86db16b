import { createFakeClock } from '@dreamnet/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { createTestStore } from '../support.js';
import { Agent, startFleet } from './fleet.js';

/** A fleet with one remedy that waits for a person. */
async function startWaiting() {
  const clock = createFakeClock();
  const agent = new Agent('coder');
  const kept = createTestStore();
  const { core } = await startFleet([agent], { clock, store: kept.store, policy: { default: 'propose' } });
  onTestFinished(() => core.stop());
  agent.isAnswering = false;
  await clock.advance(1_000);
  const id = core.recoveryActions()[0]?.id ?? '';
  expect(kept.collection('remedies').get(id)).toMatchObject({ state: 'needs_approval' });
  return { core, kept, id, clock };
}

test('decisions on remedies: when one is answered the store has it, for kill -9 may follow at once', async () => {
  for (const [verb, change] of [
    ['reject', { state: 'rejected', decidedBy: 'ada' }],
    ['approve', { state: 'executing', decidedBy: 'ada' }],
    ['execute', { state: 'executing', decidedBy: 'ada' }],
  ] as const) {
    const { core, kept, id } = await startWaiting();
    expect(await core.decideRemedy(id, { verb, by: 'ada' })).toMatchObject({ ok: true, remedyId: id });
    expect(kept.collection('remedies').get(id)).toMatchObject(change);
    const [last] = (await core.audit.entries()).filter(({ target }) => target === id);
    expect(last).toMatchObject({ actor: 'ada' });
  }
});

test('decisions on remedies: a refusal is a value, and is not waited for', async () => {
  const { core, id } = await startWaiting();
  await core.decideRemedy(id, { verb: 'reject', by: 'ada' });
  expect(await core.decideRemedy(id, { verb: 'approve', by: 'ada' })).toMatchObject({ ok: false });
  expect(await core.decideRemedy('nobody', { verb: 'approve', by: 'ada' })).toMatchObject({ ok: false });
});

test('decisions on remedies: a store that refuses just then is told, and has it when it takes writes again', async () => {
  const { core, kept, id, clock } = await startWaiting();
  kept.state.isBroken = true;
  await expect(core.decideRemedy(id, { verb: 'reject', by: 'ada' })).rejects.toMatchObject({
    code: expect.stringMatching(/^DN_CORE_(KEPT_LATER|NOT_KEPT)$/),
  });
  kept.state.isBroken = false;
  await clock.advance(60_000);
  await core.decisionsKept('all');
  expect(kept.collection('remedies').get(id)).toMatchObject({ state: 'rejected' });
});
