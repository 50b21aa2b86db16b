import { expect, test } from 'vitest';
import { Agent, stagesOf, startFleet } from './fleet.js';

const BROKEN = { by: 'nobody', because: 'circuit open: 6 restarts within 30000 ms' } as const;

test('crash loop: further crashes go on in the same incident, each attempt is followed', async () => {
  const agent = new Agent('coder');
  const { clock, core } = await startFleet([agent]);
  for (let attempt = 1; attempt <= 4; attempt += 1) {
    core.signal(agent.exit(clock, { by: 'supervisor', attempt, nextAttemptAt: clock.now() + 50 }));
    await clock.advance(50);
    agent.bringUp();
    core.signal(agent.alive(clock));
    await clock.advance(100);
  }
  expect(core.incidents()).toHaveLength(1);
  const [incident] = core.incidents();
  expect(stagesOf(incident).filter((stage) => stage === 'fault')).toHaveLength(4);
  expect(core.recoveryActions().map(({ state }) => state)).toEqual([
    'verifying',
    'failed',
    'failed',
    'failed',
  ]);
  await clock.advance(10_000);
  expect(core.incidents()[0]?.state).toBe('resolved');
  expect(agent.restarts).toEqual([]);
  await core.stop();
});

test('crash loop: an open circuit is handed to a person and nobody restarts on top of it', async () => {
  const agent = new Agent('coder');
  const { clock, core } = await startFleet([agent]);
  core.signal(agent.exit(clock, { ...BROKEN, retryAt: clock.now() + 60_000 }));
  await clock.advance(50_000);
  expect(agent.restarts).toEqual([]);
  const [incident] = core.incidents();
  expect(incident?.state).toBe('open');
  expect(incident?.stages.filter(({ stage }) => stage === 'escalated')).toHaveLength(1);
  expect(incident?.stages.find(({ stage }) => stage === 'escalated')?.summary).toContain('circuit open');
  agent.bringUp();
  core.signal(agent.alive(clock));
  await clock.advance(5_000);
  expect(core.incidents()[0]?.state).toBe('resolved');
  expect(stagesOf(core.incidents()[0]).slice(-2)).toEqual(['verified', 'resolved']);
  expect(core.incidents()).toHaveLength(1);
  await core.stop();
});

test('crash loop: a process that comes back for a moment does not end the incident', async () => {
  const agent = new Agent('coder');
  const { clock, core } = await startFleet([agent]);
  for (let attempt = 1; attempt <= 4; attempt += 1) {
    core.signal(agent.exit(clock, { by: 'supervisor', attempt, nextAttemptAt: clock.now() + 50 }));
    await clock.advance(50);
    agent.bringUp();
    core.signal(agent.alive(clock));
    // Long enough for the first crash to count as healed, not for the later ones.
    await clock.advance(attempt === 1 ? 300 : 1_200);
  }
  core.signal(agent.exit(clock, BROKEN));
  await clock.advance(1_000);
  expect(core.incidents()).toHaveLength(1);
  expect(core.incidents()[0]?.state).toBe('open');
  await core.stop();
});

test('crash: the same exit reported twice is one fault', async () => {
  const agent = new Agent('coder');
  const { clock, core } = await startFleet([agent]);
  const signal = agent.exit(clock, BROKEN);
  core.signal(signal);
  await clock.advance(10);
  core.signal(signal);
  await clock.advance(10);
  expect(stagesOf(core.incidents()[0]).filter((stage) => stage === 'fault')).toHaveLength(1);
  await core.stop();
});

test('crash: the end of the old process during our own restart is no new fault', async () => {
  const agent = new Agent('coder');
  const { clock, core } = await startFleet([agent]);
  agent.isAnswering = false;
  agent.onRestart = (self) => {
    core.signal(self.exit(clock));
    self.bringUp();
    core.signal(self.alive(clock));
  };
  await clock.advance(4_000);
  expect(agent.restarts).toHaveLength(1);
  const [incident] = core.incidents();
  expect(stagesOf(incident)).not.toContain('fault');
  expect(incident?.state).toBe('resolved');
  await core.stop();
});

test('crash: the end of the new process after our own restart is a fault, and the restart has failed', async () => {
  const agent = new Agent('coder');
  const { clock, core } = await startFleet([agent]);
  agent.isAnswering = false;
  await clock.advance(400);
  expect(agent.restarts).toHaveLength(1);
  core.signal(agent.exit(clock, { by: 'supervisor', attempt: 1, nextAttemptAt: clock.now() + 50 }));
  await clock.advance(50);
  agent.bringUp();
  core.signal(agent.alive(clock));
  await clock.advance(5_000);
  const [incident] = core.incidents();
  expect(stagesOf(incident)).toContain('fault');
  expect(core.recoveryActions().map(({ executor, state }) => [executor, state])).toEqual([
    ['supervisor', 'succeeded'],
    ['pipeline', 'failed'],
  ]);
  expect(incident?.state).toBe('resolved');
  await core.stop();
});
