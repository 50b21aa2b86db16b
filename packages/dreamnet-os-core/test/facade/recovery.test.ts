import { expect, test } from 'vitest';
import { Agent, stagesOf, startFleet } from './fleet.js';

test('recovery: an agent that stops answering is restarted and the restart is verified before it counts', async () => {
  const agent = new Agent('coder');
  const { clock, core } = await startFleet([agent]);
  agent.isAnswering = false;
  await clock.advance(1_000);
  expect(agent.restarts).toHaveLength(1);
  await clock.advance(3_000);
  const [action] = core.recoveryActions();
  expect(action).toMatchObject({ type: 'service_restart', state: 'succeeded', executor: 'pipeline' });
  expect(action?.checks.map(({ check, passed }) => [check, passed])).toEqual([
    ['new_identity', true],
    ['round_trip', true],
    ['condition_gone', true],
    ['stable', true],
  ]);
  const [incident] = core.incidents();
  expect(incident?.state).toBe('resolved');
  expect(stagesOf(incident)).toEqual(['detected', 'analysed', 'planned', 'executed', 'verified', 'resolved']);
  expect(core.getActiveAlerts()).toEqual([]);
  await core.stop();
  expect(clock.pendingTimers).toBe(0);
});

test('recovery: a restart that returns but brings no new process fails and the next rung is a person', async () => {
  const agent = new Agent('coder');
  const { clock, core } = await startFleet([agent]);
  agent.isAnswering = false;
  agent.onRestart = () => undefined;
  await clock.advance(20_000);
  const [action] = core.recoveryActions();
  expect(action).toMatchObject({ state: 'failed' });
  expect(action?.outcome).toContain('no new process appeared');
  const [incident] = core.incidents();
  expect(incident?.state).toBe('open');
  expect(stagesOf(incident).slice(-2)).toEqual(['verification_failed', 'escalated']);
  expect(agent.restarts).toHaveLength(1);
  await core.stop();
});

test('recovery: a restart is verified for as long as the agent may boot, and nobody is asked meanwhile', async () => {
  class SlowAgent extends Agent {
    override readonly probeSchedule = {
      everyMs: 200,
      timeoutMs: 100,
      rise: 1,
      fall: 2,
      readyWithinMs: 60_000,
    };
  }
  const agent = new SlowAgent('coder');
  const { clock, core } = await startFleet([agent]);
  agent.isAnswering = false;
  agent.onRestart = (booting) => {
    booting.bringUp();
    booting.isAnswering = false;
  };
  await clock.advance(45_000);
  expect(agent.restarts).toHaveLength(1);
  agent.isAnswering = true;
  await clock.advance(3_000);
  expect(core.recoveryActions()).toMatchObject([{ type: 'service_restart', state: 'succeeded' }]);
  expect(stagesOf(core.incidents()[0])).toEqual([
    'detected',
    'analysed',
    'planned',
    'executed',
    'verified',
    'resolved',
  ]);
  await core.stop();
});

test('recovery: a crash that the supervisor mends is only verified, from its next attempt on', async () => {
  const agent = new Agent('coder');
  const { clock, core } = await startFleet([agent]);
  core.signal(agent.exit(clock, { by: 'supervisor', attempt: 1, nextAttemptAt: clock.now() + 100 }));
  await clock.advance(100);
  agent.bringUp();
  core.signal(agent.alive(clock));
  await clock.advance(1_500);
  expect(agent.restarts).toEqual([]);
  const [action] = core.recoveryActions();
  expect(action).toMatchObject({ executor: 'supervisor', state: 'succeeded' });
  expect(stagesOf(core.incidents()[0])).toEqual([
    'fault',
    'detected',
    'analysed',
    'planned',
    'executed',
    'verified',
    'resolved',
  ]);
  await core.stop();
});

test('recovery: an incident is not closed on old good news, it is asked once more', async () => {
  const agent = new Agent('coder');
  Object.assign(agent, { probeSchedule: { everyMs: 60_000, timeoutMs: 100, rise: 1, fall: 2 } });
  const { clock, core } = await startFleet([agent], { policy: { default: 'off' } });
  agent.isAnswering = false;
  await clock.advance(125_000);
  expect(core.incidents()[0]?.state).toBe('open');
  agent.isAnswering = true;
  while (core.health('coder')?.status !== 'ok') await clock.advance(100);
  // Its next regular probe is nearly a minute away.
  agent.isAnswering = false;
  await clock.advance(5_000);
  expect(core.incidents()[0]?.state).toBe('open');
  await core.stop();
});
