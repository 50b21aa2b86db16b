import { expect, test } from 'vitest';
import { Agent, startFleet } from './fleet.js';

const PROPOSE = { default: 'propose', approvalTtlMs: 60_000 } as const;

/** An agent that does not answer, and the remedy that waits for a person. */
async function askedFleet() {
  const agent = new Agent('coder');
  const fleet = await startFleet([agent], { policy: PROPOSE });
  agent.isAnswering = false;
  await fleet.clock.advance(2_000);
  const id = fleet.core.recoveryActions()[0]?.id ?? '';
  return { ...fleet, agent, id };
}

test('approval: what was rejected is said to be rejected, and is offered again to a person who asks', async () => {
  const { clock, core, agent, id } = await askedFleet();
  core.reject(id, 'ada');
  await clock.advance(5_000);
  const escalated = core.incidents()[0]?.stages.at(-1);
  expect(escalated?.summary).toContain('service_restart (rejected by ada)');
  expect(escalated?.summary).not.toContain('tried in this incident');
  const [again] = core.generateRecoveryActions({ coder: agent });
  expect(again).toMatchObject({ type: 'service_restart', executor: 'pipeline', state: 'proposed' });
  expect(again?.reason).toContain('rejected by ada');
  expect(core.executeRecovery(again?.id ?? '', 'bob')).toMatchObject({ ok: true });
  await clock.advance(5_000);
  expect(agent.restarts).toHaveLength(1);
  expect(core.incidents()[0]?.state).toBe('resolved');
  await core.stop();
});

test('approval: of what nobody approved it is said so, and whoever comes later may still have it', async () => {
  const { clock, core, agent } = await askedFleet();
  await clock.advance(65_000);
  expect(core.incidents()[0]?.stages.at(-1)?.summary).toContain(
    'service_restart (nobody approved it in time)',
  );
  const [again] = core.generateRecoveryActions({ coder: agent });
  expect(core.executeRecovery(again?.id ?? '', 'bob')).toMatchObject({ ok: true });
  await clock.advance(5_000);
  expect(agent.restarts).toHaveLength(1);
  await core.stop();
});

test('approval: what was carried out after it had been rejected, and failed, was tried', async () => {
  const { clock, core, agent, id } = await askedFleet();
  core.reject(id, 'ada');
  agent.onRestart = () => undefined;
  const [again] = core.generateRecoveryActions({ coder: agent });
  core.executeRecovery(again?.id ?? '', 'bob');
  await clock.advance(60_000);
  expect(agent.restarts).toHaveLength(1);
  const [left] = core.generateRecoveryActions({ coder: agent });
  expect(left).toMatchObject({ executor: 'person' });
  expect(left?.reason).toContain('service_restart (tried in this incident)');
  await core.stop();
});

test('approval: who answers again is not restarted by an approval that comes late, while its alert clears', async () => {
  const { clock, core, agent, id } = await askedFleet();
  agent.isAnswering = true;
  await clock.advance(300);
  const answer = core.approve(id, 'ada');
  expect(answer).toMatchObject({ ok: false });
  expect(answer).toHaveProperty('because', expect.stringContaining('it is over'));
  expect(core.recoveryActions()[0]).toMatchObject({ id, state: 'superseded' });
  await clock.advance(10_000);
  expect(agent.restarts).toEqual([]);
  expect(core.incidents()[0]?.state).toBe('resolved');
  await core.stop();
});

test('approval: what waits for a word is withdrawn when its cause is well, though a dependent keeps the incident open', async () => {
  const [cause, dependent] = [new Agent('p'), new Agent('q', { dependsOn: ['p'] })];
  const { clock, core } = await startFleet([cause, dependent], { policy: PROPOSE });
  cause.isAnswering = false;
  dependent.isAnswering = false;
  await clock.advance(2_000);
  const [asked] = core.recoveryActions();
  expect(asked).toMatchObject({ subsystem: 'p', state: 'needs_approval' });
  cause.isAnswering = true;
  await clock.advance(4_000);
  expect(core.incidents().find((one) => one.id === asked?.incidentId)?.state).toBe('open');
  expect(core.recoveryActions().find(({ id }) => id === asked?.id)?.state).toBe('superseded');
  expect(core.approve(asked?.id ?? '', 'ada')).toMatchObject({ ok: false });
  await clock.advance(1_000);
  expect(cause.restarts).toEqual([]);
  await core.stop();
});

test('approval: who falls ill again after a remedy was withdrawn is asked about anew', async () => {
  const { clock, core, agent, id } = await askedFleet();
  agent.isAnswering = true;
  await clock.advance(300);
  core.approve(id, 'ada');
  agent.isAnswering = false;
  await clock.advance(4_000);
  const [again] = core.recoveryActions();
  expect(again?.id).not.toBe(id);
  expect(core.approve(again?.id ?? '', 'ada')).toMatchObject({ ok: true });
  await clock.advance(5_000);
  expect(agent.restarts).toHaveLength(1);
  await core.stop();
});

test('approval: of what is finished its end is told, also after the time for the approval', async () => {
  const { clock, core, id } = await askedFleet();
  core.approve(id, 'ada');
  await clock.advance(70_000);
  expect(core.recoveryActions()[0]?.state).toBe('succeeded');
  const because = "'approve' is not possible in state 'succeeded'";
  expect(core.approve(id, 'ada')).toMatchObject({ ok: false, because: expect.stringContaining(because) });
  await core.stop();
});
