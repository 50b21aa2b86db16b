import { sleep } from '@dreamnet/kit';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import type { DreamNetOSCoreFacade } from '../../src/index.js';
import { Agent, stagesOf, startFleet } from './fleet.js';

const GONE = 'it is not watched any more';

/** An agent whose restart takes 600 ms, unwatched so long after it fell ill; `then` happens in the same turn. */
async function unwatchedAfter(
  ms: number,
  then: (core: DreamNetOSCoreFacade, agent: Agent) => void = () => undefined,
) {
  const agent = new Agent('coder');
  const clock = createFakeClock();
  agent.restart = async (reason) => {
    agent.restarts.push(reason);
    await sleep(clock, 600);
  };
  const fleet = await startFleet([agent], { clock });
  agent.isAnswering = false;
  await clock.advance(ms);
  const stateBefore = fleet.core.recoveryActions()[0]?.state;
  fleet.core.unwatch('coder');
  then(fleet.core, agent);
  return { ...fleet, agent, stateBefore };
}

test('unwatched: a remedy being carried out ends with its subsystem, and nothing follows the end of the incident', async () => {
  const { clock, core, events, stateBefore } = await unwatchedAfter(800);
  expect(stateBefore).toBe('executing');
  await clock.advance(60_000);
  expect(core.recoveryActions()).toMatchObject([{ state: 'superseded', outcome: GONE }]);
  const stages = core.incidents()[0]?.stages ?? [];
  expect(stagesOf(core.incidents()[0]).slice(-2)).toEqual(['note', 'resolved']);
  expect(stages.at(-2)?.summary).toBe(`Restart 'coder': given up while it was being carried out: ${GONE}`);
  const ofIncidents = events.map(({ type }) => type).filter((type) => type.startsWith('incident.'));
  expect(ofIncidents.at(-1)).toBe('incident.resolved');
  await core.stop();
});

test('unwatched: a remedy being verified ends with its subsystem, too', async () => {
  const { clock, core, stateBefore } = await unwatchedAfter(2_000);
  expect(stateBefore).toBe('verifying');
  await clock.advance(60_000);
  expect(core.recoveryActions()).toMatchObject([{ state: 'superseded', outcome: GONE }]);
  const [incident] = core.incidents();
  expect(stagesOf(incident).slice(-3)).toEqual(['executed', 'note', 'resolved']);
  await core.stop();
});

test('unwatched: who is watched again within the same turn keeps its remedy', async () => {
  const { clock, core, stateBefore } = await unwatchedAfter(800, (fleet, agent) => {
    fleet.watch('coder', agent);
    agent.bringUp();
  });
  expect(stateBefore).toBe('executing');
  await clock.advance(10_000);
  expect(core.recoveryActions().map(({ state }) => state)).toEqual(['succeeded']);
  await core.stop();
});

test('unwatched: who is watched again later is remedied anew, and what had been begun before counts for the guardrails', async () => {
  const { clock, core, agent } = await unwatchedAfter(800);
  await clock.advance(2_000);
  agent.restart = async (reason) => {
    agent.restarts.push(reason);
    agent.bringUp();
  };
  core.watch('coder', agent);
  await clock.advance(60_000);
  expect(agent.restarts).toHaveLength(2);
  expect(core.recoveryActions().map(({ state }) => state)).toContain('succeeded');
  expect(core.incidents().map(({ state }) => state)).toEqual(['resolved', 'resolved']);
  await core.stop();
});
