import type { RecoveryAction } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { Agent, type Fleet, startFleet } from './fleet.js';

const PROPOSE = { default: 'propose', approvalTtlMs: 600_000 } as const;

function passedOf(remedy: RecoveryAction | undefined, name: string): boolean | undefined {
  return remedy?.checks.find(({ check }) => check === name)?.passed;
}

async function advanceBy({ clock }: Fleet, forMs: number, each: () => void): Promise<void> {
  for (let goneMs = 0; goneMs < forMs; goneMs += 100) {
    each();
    await clock.advance(100);
  }
}

test('checks of a remedy: who answers again and warns of something else has been repaired', async () => {
  const agent = new Agent('coder');
  const fleet = await startFleet([agent]);
  agent.isAnswering = false;
  await advanceBy(fleet, 20_000, () => {
    if (agent.restarts.length > 0) fleet.core.heartbeat({ subsystem: 'coder', status: 'warn' });
  });
  const [remedy, ...others] = fleet.core.recoveryActions();
  expect(others).toEqual([]);
  expect(remedy).toMatchObject({ state: 'succeeded' });
  expect(remedy?.checks.find(({ check }) => check === 'condition_gone')?.evidence).toMatchObject({
    status: 'warn',
  });
  await fleet.core.stop();
});

test('checks of a remedy: who said that it is in error and now says that it warns has not been repaired', async () => {
  const agent = new Agent('coder');
  const fleet = await startFleet([agent]);
  const say = (): void => {
    const status = agent.restarts.length === 0 ? 'error' : 'warn';
    fleet.core.heartbeat({ subsystem: 'coder', status });
  };
  await advanceBy(fleet, 40_000, say);
  const remedy = fleet.core.recoveryActions().at(-1);
  expect(remedy).toMatchObject({ state: 'failed' });
  expect(passedOf(remedy, 'condition_gone')).toBe(false);
  await fleet.core.stop();
});

for (const isSilentAgain of [false, true])
  test(`checks of a remedy: heartbeats that ${isSilentAgain ? 'stay away behind another warning are not' : 'come with another warning are'} taken for the end of their silence`, async () => {
    const agent = new Agent('coder', { heartbeat: { ttlMs: 1_000 } });
    const { core, clock } = await startFleet([agent], { policy: PROPOSE });
    core.heartbeat({ subsystem: 'coder', status: 'ok' });
    await clock.advance(60_000);
    const [asked] = core.generateRecoveryActions({ coder: agent });
    expect(asked?.evidence).toMatchObject({ rule: 'heartbeat_late' });
    core.heartbeat({ subsystem: 'coder', status: 'warn' });
    await clock.advance(isSilentAgain ? 3_000 : 300);
    expect(core.getSnapshot().subsystems).toMatchObject([{ status: 'warn', details: 'it warns' }]);
    const answer = core.executeRecovery(asked?.id ?? '', 'ada');
    expect(answer.ok).toBe(isSilentAgain);
    if (!answer.ok) expect(answer.because).toBe("it is over: 'coder' warns of something else: it warns");
    await clock.advance(60_000);
    expect(agent.restarts).toHaveLength(isSilentAgain ? 1 : 0);
    await core.stop();
  });

test('checks of a remedy: a restart must end the process that ran when it was carried out, not the one it was planned for', async () => {
  const agent = new Agent('coder');
  const { clock, core } = await startFleet([agent], { policy: PROPOSE });
  agent.isAnswering = false;
  await clock.advance(2_000);
  const id = core.recoveryActions()[0]?.id ?? '';
  // Somebody else replaces the process, which does not answer either.
  agent.life += 1;
  await clock.advance(1_000);
  // The restart that is approved leaves it in place, and it happens to answer again.
  agent.onRestart = () => {
    agent.isAnswering = true;
  };
  expect(core.approve(id, 'ada')).toMatchObject({ ok: true });
  await clock.advance(60_000);
  const remedy = core.recoveryActions().find((one) => one.id === id);
  expect(agent.restarts.length).toBeGreaterThan(0);
  expect(remedy).toMatchObject({ state: 'failed', verification: { newIdentity: { not: 'coder:2' } } });
  expect(passedOf(remedy, 'new_identity')).toBe(false);
  await core.stop();
});
