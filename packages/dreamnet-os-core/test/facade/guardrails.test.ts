import type { ActivitySample, Subsystem, SubsystemManifest } from '@dreamnet/contracts';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { Agent, stagesOf, startFleet } from './fleet.js';

test('guardrails: an agent that is silent but works is never restarted, and the incident says why', async () => {
  const agent = new Agent('coder');
  const clock = createFakeClock();
  let cpuMs = 0;
  let lastMs = 0;
  const activity = (): ActivitySample => {
    const atMs = clock.monotonic();
    cpuMs += (atMs - lastMs) * 0.9;
    lastMs = atMs;
    return { atMs, cpuMs, ioBytes: 0 };
  };
  const { core } = await startFleet([Object.assign(agent, { activity })], { clock });
  agent.isAnswering = false;
  await clock.advance(120_000);
  expect(agent.restarts).toEqual([]);
  const [incident] = core.incidents();
  expect(incident?.stages.some(({ summary }) => summary.includes('left alone'))).toBe(true);
  agent.isAnswering = true;
  await clock.advance(5_000);
  expect(core.incidents()[0]?.state).toBe('resolved');
  expect(core.recoveryActions()).toEqual([]);
  await core.stop();
});

test('guardrails: at most the allowed share of the fleet is under recovery at once, the rest waits its turn', async () => {
  const agents = Array.from({ length: 6 }, (_, index) => new Agent(`agent-${index}`));
  const { clock, core, events } = await startFleet(agents, { policy: { largestShare: 1 / 3 } });
  for (const agent of agents) agent.isAnswering = false;
  await clock.advance(20_000);
  const underWay = new Set<string>();
  let most = 0;
  for (const event of events) {
    if (event.type !== 'remedy.changed') continue;
    const { remedy } = event.data;
    if (['approved', 'executing', 'verifying'].includes(remedy.state)) underWay.add(remedy.id);
    else underWay.delete(remedy.id);
    most = Math.max(most, underWay.size);
  }
  expect(most).toBe(2);
  expect(agents.map(({ restarts }) => restarts.length)).toEqual([1, 1, 1, 1, 1, 1]);
  expect(core.getActiveAlerts()).toEqual([]);
  await core.stop();
});

test('guardrails: what is switched off by policy, or in maintenance, is only noted', async () => {
  const clock = createFakeClock();
  const endsAt = clock.now() + 30_000;
  const [off, away] = [new Agent('off'), new Agent('away')];
  const policy = {
    overrides: { off: 'off' },
    maintenance: [{ subsystem: 'away', startsAt: 0, endsAt }],
  } as const;
  const { core } = await startFleet([off, away], { clock, policy });
  off.isAnswering = false;
  away.isAnswering = false;
  await clock.advance(10_000);
  expect([off.restarts, away.restarts]).toEqual([[], []]);
  const notes = core
    .incidents()
    .map((incident) => incident.stages.find(({ stage }) => stage === 'note')?.summary);
  expect(notes.sort()).toEqual(["'away' is in maintenance", "recovery of 'off' is switched off by policy"]);
  await clock.advance(25_000);
  expect([off.restarts.length, away.restarts.length]).toEqual([0, 1]);
  await core.stop();
});

test('guardrails: a new incident soon after the last remedy waits for the cooldown to end', async () => {
  const agent = new Agent('coder');
  const { clock, core } = await startFleet([agent], { policy: { cooldownMs: 30_000 } });
  agent.isAnswering = false;
  await clock.advance(4_000);
  expect(agent.restarts).toHaveLength(1);
  agent.isAnswering = false;
  await clock.advance(10_000);
  expect(agent.restarts).toHaveLength(1);
  await clock.advance(30_000);
  expect(agent.restarts).toHaveLength(2);
  await core.stop();
});

test('guardrails: no more remedies than the intensity allows within its period', async () => {
  const agent = new Agent('coder');
  const policy = { intensity: { limit: 2, periodMs: 120_000 }, cooldownMs: 0 };
  const { clock, core } = await startFleet([agent], { policy });
  for (let round = 0; round < 4; round += 1) {
    agent.isAnswering = false;
    await clock.advance(10_000);
  }
  expect(agent.restarts).toHaveLength(2);
  await clock.advance(120_000);
  expect(agent.restarts).toHaveLength(3);
  await core.stop();
});

test('guardrails: who sickens again after each repair is one incident, and at the limit a person is asked once', async () => {
  const agent = new Agent('coder');
  const clock = createFakeClock();
  const policy = { intensity: { limit: 4, periodMs: 120_000 }, cooldownMs: 0, stableForMs: 1_000 };
  agent.onRestart = (self) => {
    self.bringUp();
    clock.setTimeout(() => {
      self.isAnswering = false;
    }, 3_000);
  };
  const { core } = await startFleet([agent], { clock, policy });
  agent.isAnswering = false;
  await clock.advance(60_000);
  expect(agent.restarts).toHaveLength(4);
  const resolved = core.incidents().filter(({ state }) => state === 'resolved');
  const [open] = core.incidents();
  expect([core.incidents().length, resolved.length, open?.state]).toEqual([2, 1, 'open']);
  expect(stagesOf(open).filter((stage) => stage === 'escalated')).toHaveLength(1);
  expect(open?.stages.at(-1)).toMatchObject({ stage: 'escalated', evidence: { guardrail: 'intensity' } });
  // Once the first of the remedies is longer ago than the period, one more is tried; then a person is asked again.
  agent.onRestart = (self) => self.bringUp();
  await clock.advance(90_000);
  expect(agent.restarts).toHaveLength(5);
  expect(core.incidents().map(({ state }) => state)).toEqual(['resolved', 'resolved']);
  await core.stop();
});

test('guardrails: a person who is asked because of the intensity may carry the remedy out at once', async () => {
  const agent = new Agent('coder');
  const policy = { intensity: { limit: 1, periodMs: 120_000 }, cooldownMs: 0 };
  const { clock, core } = await startFleet([agent], { policy });
  for (let round = 0; round < 2; round += 1) {
    agent.isAnswering = false;
    await clock.advance(10_000);
  }
  expect(agent.restarts).toHaveLength(1);
  const [proposal] = core.generateRecoveryActions({ coder: agent });
  expect(proposal).toMatchObject({ subsystem: 'coder', type: 'service_restart' });
  expect(core.executeRecovery(proposal?.id ?? '', 'ada')).toMatchObject({ ok: true });
  await clock.advance(10_000);
  expect(agent.restarts).toHaveLength(2);
  expect(core.incidents()[0]?.state).toBe('resolved');
  await core.stop();
});

test('guardrails: what the policy switched off is offered to a person who asks, who is told so and may carry it out', async () => {
  const agent = new Agent('coder');
  const { clock, core } = await startFleet([agent], { policy: { overrides: { coder: 'off' } } });
  agent.isAnswering = false;
  await clock.advance(5_000);
  const [offered] = core.generateRecoveryActions({ coder: agent });
  expect(offered).toMatchObject({ type: 'service_restart', evidence: { guardrail: 'policy-off' } });
  expect(offered?.reason).toContain(
    "by itself nothing is done: recovery of 'coder' is switched off by policy",
  );
  expect(core.executeRecovery(offered?.id ?? '', 'ada')).toMatchObject({ ok: true });
  await clock.advance(5_000);
  expect(agent.restarts).toHaveLength(1);
  expect(core.incidents()[0]?.state).toBe('resolved');
  await core.stop();
});

test('approval: a proposal waits, is void after its time, and a rejected one is not proposed again', async () => {
  const agent = new Agent('coder');
  const policy = { default: 'propose', approvalTtlMs: 60_000 } as const;
  const { clock, core } = await startFleet([agent], { policy });
  agent.isAnswering = false;
  await clock.advance(2_000);
  const [asked] = core.recoveryActions();
  expect(asked?.state).toBe('needs_approval');
  expect(core.reject(asked?.id ?? '', 'ada')).toMatchObject({ ok: true, state: 'rejected' });
  expect(core.approve(asked?.id ?? '', 'ada')).toMatchObject({ ok: false });
  await clock.advance(5_000);
  expect(core.recoveryActions()).toHaveLength(1);
  expect(stagesOf(core.incidents()[0]).slice(-2)).toEqual(['rejected', 'escalated']);
  expect(agent.restarts).toEqual([]);
  await core.stop();
});

test('approval: nobody may approve what is void, unknown or not ours to do', async () => {
  const agent = new Agent('coder');
  const { clock, core } = await startFleet([agent], {
    policy: { default: 'propose', approvalTtlMs: 60_000 },
  });
  agent.isAnswering = false;
  await clock.advance(2_000);
  const id = core.recoveryActions()[0]?.id ?? '';
  await clock.advance(70_000);
  expect(core.approve(id, 'ada')).toMatchObject({ ok: false });
  expect(core.recoveryActions()[0]?.state).toBe('expired');
  expect(core.approve('remedy-unknown', 'ada')).toMatchObject({ ok: false });
  await core.stop();
});

test('verification: what nothing can tell about can never have succeeded', async () => {
  const clock = createFakeClock();
  const restarts: string[] = [];
  const mute: Subsystem = { restart: (reason) => void restarts.push(reason) };
  const { core } = await startFleet([], { clock });
  core.watch('mute', mute);
  core.signal({ subsystem: 'mute', state: 'dead', reason: 'somebody says so', at: clock.now() });
  await clock.advance(30_000);
  expect(restarts).toHaveLength(1);
  expect(core.recoveryActions()[0]).toMatchObject({ state: 'failed' });
  expect(core.recoveryActions()[0]?.outcome).toContain('cannot be verified');
  expect(core.incidents()[0]?.state).toBe('open');
  await core.stop();
});

test('ladder: when a restart does not help, a known patch is the next rung', async () => {
  const agent = new Agent('coder');
  const patches: unknown[] = [];
  agent.onRestart = (self) => {
    self.life += 1;
  };
  const powers: Subsystem = {
    problems: () =>
      agent.isAnswering
        ? []
        : [
            {
              key: 'port',
              description: 'the port is taken',
              expected: 'a free port',
              observed: '80',
              patch: { port: 0 },
            },
          ],
    configure: (patch) => {
      patches.push(patch);
      agent.isAnswering = true;
    },
  };
  const { clock, core } = await startFleet([Object.assign(agent, powers)], { gapsEveryMs: 3_600_000 });
  agent.isAnswering = false;
  await clock.advance(40_000);
  expect(agent.restarts).toHaveLength(1);
  expect(patches).toEqual([{ port: 0 }]);
  expect(core.recoveryActions().map(({ type, state, rung }) => [type, state, rung])).toEqual([
    ['configuration_fix', 'succeeded', 1],
    ['service_restart', 'failed', 0],
  ]);
  expect(core.incidents()[0]?.state).toBe('resolved');
  await core.stop();
});

/** An agent that is stuck in its work a second after each start, until the test mends it; it says so when it is asked. */
async function startWedging(manifest: SubsystemManifest = {}) {
  const clock = createFakeClock();
  const agent = new Agent('coder', manifest);
  const work = { isBusy: true };
  agent.probe = async () => ({ ok: true, reason: 'pong', work: { isBusy: work.isBusy, movedAt: 1 } });
  const activity = (): ActivitySample => ({ atMs: clock.monotonic(), cpuMs: 0, ioBytes: 0 });
  const policy = { cooldownMs: 0 };
  const { core } = await startFleet([Object.assign(agent, { activity })], { clock, policy });
  return { clock, core, agent, work };
}

test('guardrails: who is stuck anew after the third restart in a row is not restarted again: a person is asked', async () => {
  const { clock, core, agent } = await startWedging();
  await clock.advance(400_000);
  expect(agent.restarts).toHaveLength(3);
  const [open] = core.incidents();
  expect(open?.state).toBe('open');
  const { summary, evidence } = open?.stages.at(-1) ?? {};
  expect([open?.stages.at(-1)?.stage, evidence?.guardrail]).toEqual(['escalated', 'recurrence']);
  expect(summary).toContain("'coder' was stuck again after each of its last 3 repairs");
  await core.stop();
});

test('guardrails: who stays stuck with a person asked is tried once more in ten minutes, and is over when that helps', async () => {
  const { clock, core, agent, work } = await startWedging();
  await clock.advance(400_000);
  await clock.advance(600_000);
  expect(agent.restarts).toHaveLength(4);
  expect(core.incidents()[0]?.stages.at(-1)?.stage).toBe('escalated');
  agent.onRestart = (self) => {
    self.bringUp();
    work.isBusy = false;
  };
  await clock.advance(1_200_000);
  expect(agent.restarts).toHaveLength(5);
  expect(core.incidents()[0]?.state).toBe('resolved');
  await core.stop();
});

test('guardrails: a long stall time lengthens the time in which being stuck again counts as the same trouble', async () => {
  const { clock, core, agent } = await startWedging({ stallAfterMs: 900_000 });
  await clock.advance(4_000_000);
  expect(agent.restarts).toHaveLength(3);
  expect(core.incidents()[0]?.stages.at(-1)?.evidence.guardrail).toBe('recurrence');
  await core.stop();
});

test('guardrails: who is stuck once in a quarter of an hour is restarted each time', async () => {
  const { clock, core, agent, work } = await startWedging();
  work.isBusy = false;
  agent.onRestart = (self) => {
    self.bringUp();
    work.isBusy = false;
  };
  for (let round = 0; round < 5; round += 1) {
    work.isBusy = true;
    await clock.advance(900_000);
  }
  expect(agent.restarts).toHaveLength(5);
  await core.stop();
});
