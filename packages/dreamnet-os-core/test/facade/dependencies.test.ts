import type { Alert } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { Agent, stagesOf, startFleet } from './fleet.js';

/** coder needs researcher, researcher needs database; each fails when what it needs does. */
function chain() {
  const database = new Agent('database');
  const researcher = new Agent('researcher', { dependsOn: ['database'] });
  const coder = new Agent('coder', { dependsOn: ['researcher'] });
  const needs = (agent: Agent, other: Agent): void => {
    const own = agent.probe;
    agent.probe = async () =>
      other.isUp && other.isAnswering ? own() : { ok: false, reason: `${other.name} does not answer` };
  };
  needs(researcher, database);
  needs(coder, database);
  return { database, researcher, coder };
}

test('dependencies: the deepest failing one is the cause, is healed, and its dependents are left alone', async () => {
  const { database, researcher, coder } = chain();
  const told: string[] = [];
  const notify = (alert: Alert, status: string): number => told.push(`${alert.subsystem} ${status}`);
  const { clock, core, events } = await startFleet([coder, researcher, database], { notify });
  database.isAnswering = false;
  await clock.advance(5_000);
  expect([coder, researcher, database].map((agent) => agent.restarts.length)).toEqual([0, 0, 1]);
  const [incident] = core.incidents().filter(({ cause }) => cause.subsystem === 'database');
  expect(incident?.state).toBe('resolved');
  expect(incident?.cause.decidedBy).toBe('none of its own dependencies is failing');
  expect([...(incident?.affected ?? [])].sort()).toEqual(['coder', 'database', 'researcher']);
  expect(core.getActiveAlerts()).toEqual([]);
  expect(told.sort()).toEqual(['database firing', 'database resolved']);
  const inhibited = events.filter(({ type }) => type === 'alert.inhibited').map(({ subject }) => subject);
  expect([...new Set(inhibited)].sort()).toEqual(['coder', 'researcher']);
  await core.stop();
});

test('dependencies: a dependent that stays broken after its cause has recovered is handled in its own right', async () => {
  const { database, researcher } = chain();
  const told: string[] = [];
  const notify = (alert: Alert, status: string): number => told.push(`${alert.subsystem} ${status}`);
  const { clock, core } = await startFleet([researcher, database], { policy: { graceMs: 3_000 }, notify });
  database.isAnswering = false;
  researcher.isAnswering = false;
  await clock.advance(3_000);
  expect(database.restarts).toHaveLength(1);
  expect(researcher.restarts).toEqual([]);
  expect(told).not.toContain('researcher firing');
  await clock.advance(8_000);
  expect(told).toContain('researcher firing');
  expect(researcher.restarts).toHaveLength(1);
  expect(core.incidents().map(({ cause }) => cause.subsystem)).toEqual(['researcher', 'database']);
  expect(core.incidents()[0]?.cause.decidedBy).toContain('stayed broken');
  expect(core.incidents().map(({ state }) => state)).toEqual(['resolved', 'resolved']);
  await core.stop();
});

test('dependencies: a cycle does not hang; what failed first is the cause', async () => {
  const left = new Agent('left', { dependsOn: ['right'] });
  const right = new Agent('right', { dependsOn: ['left'] });
  const { clock, core } = await startFleet([left, right]);
  right.isAnswering = false;
  await clock.advance(300);
  left.isAnswering = false;
  await clock.advance(6_000);
  expect(right.restarts).toHaveLength(1);
  expect(core.incidents().some(({ cause }) => cause.subsystem === 'right')).toBe(true);
  expect(core.getIntegrationGaps().map(({ type }) => type)).toContain('dependency_problem');
  await core.stop();
});

test('dependencies: an incident of a dependent that came first goes on in that of its cause', async () => {
  const { database, researcher } = chain();
  const { clock, core } = await startFleet([researcher, database], {
    policy: { overrides: { researcher: 'off' } },
  });
  researcher.isAnswering = false;
  await clock.advance(1_000);
  expect(core.incidents()[0]?.cause.subsystem).toBe('researcher');
  database.isAnswering = false;
  await clock.advance(1_000);
  const [cause, dependent] = core.incidents();
  expect(cause?.cause.subsystem).toBe('database');
  expect(cause?.affected).toContain('researcher');
  expect(dependent?.state).toBe('resolved');
  expect(stagesOf(dependent).at(-1)).toBe('resolved');
  await core.stop();
});

test('dependencies: an optional one that fails is never the cause', async () => {
  const cache = new Agent('cache');
  const coder = new Agent('coder', { dependsOn: [{ name: 'cache', optional: true }] });
  const { clock, core } = await startFleet([cache, coder], { policy: { overrides: { cache: 'off' } } });
  cache.isAnswering = false;
  coder.isAnswering = false;
  await clock.advance(3_000);
  expect(coder.restarts).toHaveLength(1);
  expect(
    core
      .incidents()
      .map(({ cause }) => cause.subsystem)
      .sort(),
  ).toEqual(['cache', 'coder']);
  await core.stop();
});
