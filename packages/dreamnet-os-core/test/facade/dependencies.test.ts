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

test('dependencies: whom the cause broke and who fell ill first stands in the timeline when it was detected', async () => {
  const { database, researcher } = chain();
  const { clock, core } = await startFleet([researcher, database], { policy: { default: 'propose' } });
  core.signal(researcher.exit(clock));
  await clock.advance(20);
  core.signal(database.exit(clock));
  await clock.advance(5_000);
  const incident = core.incidents().find(({ cause }) => cause.subsystem === 'database');
  const [opened, ...others] = incident?.stages ?? [];
  expect(opened).toMatchObject({ stage: 'fault', subsystem: 'database' });
  expect(others[0]).toMatchObject({ stage: 'detected', subsystem: 'researcher' });
  const times = others.map(({ at }) => at);
  expect(times).toEqual(times.toSorted((left, right) => left - right));
  await core.stop();
});

test('dependencies: one that stays broken with several alerts takes all of them into its own incident, once', async () => {
  const { database, researcher } = chain();
  const when = { operator: '>', threshold: 100 } as const;
  const rules = [
    { name: 'queue-long', trigger: { on: 'metric', metric: 'queue', when }, severity: 'warning' } as const,
  ];
  const { clock, core } = await startFleet([researcher, database], {
    policy: { graceMs: 3_000 },
    rules,
  });
  database.isAnswering = false;
  researcher.isAnswering = false;
  researcher.restart = async () => undefined;
  await clock.advance(500);
  core.measure('researcher', { queue: 500 });
  await clock.advance(15_000);
  const own = core.incidents().find(({ cause }) => cause.subsystem === 'researcher');
  expect(core.getActiveAlerts().map(({ incidentId, causedBy }) => [incidentId, causedBy])).toEqual([
    [own?.id, undefined],
    [own?.id, undefined],
  ]);
  const notes = core
    .incidents()
    .flatMap(({ stages }) => stages)
    .filter(({ summary }) => summary.includes('handled in its own right'));
  expect(notes).toHaveLength(2);
  expect(core.incidents().find(({ cause }) => cause.subsystem === 'database')?.state).toBe('resolved');
  await core.stop();
});

test('dependencies: a cause that is watched no more leaves whom it broke to be handled and told in their own right', async () => {
  const { database, researcher } = chain();
  const told: string[] = [];
  const notify = (alert: Alert, status: string): number => told.push(`${alert.subsystem} ${status}`);
  const { clock, core } = await startFleet([researcher, database], { notify });
  database.isAnswering = false;
  database.restart = async () => undefined;
  await clock.advance(3_000);
  expect(core.getActiveAlerts().find(({ subsystem }) => subsystem === 'researcher')?.causedBy).toBe(
    'database',
  );
  core.unwatch('database');
  await clock.advance(5_000);
  const own = core
    .incidents()
    .find(({ cause, state }) => cause.subsystem === 'researcher' && state === 'open');
  const alert = core
    .getActiveAlerts()
    .find(({ subsystem, type }) => subsystem === 'researcher' && type !== 'integration');
  expect([alert?.incidentId, alert?.causedBy]).toEqual([own?.id, undefined]);
  expect(told).toContain('researcher firing');
  expect(core.incidents().find(({ cause }) => cause.subsystem === 'database')?.state).toBe('resolved');
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

/** ledger is stopped and says nothing; feed says that it fails for want of it before that is seen. */
async function stoppedCause() {
  const ledger = new Agent('ledger');
  const feed = new Agent('feed', { dependsOn: ['ledger'] });
  const told: { status: 'ok' | 'error' } = { status: 'ok' };
  let isStopped = false;
  ledger.probeSchedule.timeoutMs = 1_000;
  const answering = ledger.probe;
  ledger.probe = () => (isStopped ? new Promise<never>(() => undefined) : answering());
  ledger.onRestart = () => {
    isStopped = false;
    ledger.bringUp();
  };
  feed.probe = async () => ({ ok: told.status === 'ok', reason: 'ledger does not answer' });
  const fleet = await startFleet([ledger, feed], { policy: { graceMs: 5_000 } });
  return { ...fleet, ledger, feed, told, stop: () => (isStopped = true) };
}

test('dependencies: a cause that is replaced while it is asked is the cause, though the new process answers', async () => {
  const { clock, core, ledger, feed, told, stop } = await stoppedCause();
  stop();
  told.status = 'error';
  await clock.advance(500);
  expect(core.getActiveAlerts().map(({ subsystem }) => subsystem)).toEqual(['feed']);
  // Its watcher sees the stopped process before any question has timed out: it is restarted and answers at once.
  core.signal({ ...ledger.alive(clock), state: 'suspended', reason: 'stopped', at: clock.now() });
  await clock.advance(300);
  told.status = 'ok';
  await clock.advance(10_000);
  expect(core.incidents().map(({ cause }) => cause.subsystem)).toEqual(['ledger']);
  expect(core.incidents()[0]?.affected).toEqual(['ledger', 'feed']);
  expect(feed.restarts).toEqual([]);
  await core.stop();
});

test('dependencies: what breaks just after its cause has recovered is given time to come back, then handled', async () => {
  const { clock, core, ledger, feed, told, stop } = await stoppedCause();
  stop();
  await clock.advance(4_000);
  expect(ledger.restarts).toHaveLength(1);
  expect(core.incidents().map(({ state }) => state)).toEqual(['resolved']);
  // It tells late of what it met while the cause was away, and needs a moment.
  told.status = 'error';
  await clock.advance(1_000);
  expect(feed.restarts).toEqual([]);
  expect(core.incidents()[0]?.cause).toMatchObject({ subsystem: 'ledger' });
  told.status = 'ok';
  await clock.advance(3_000);
  expect(core.incidents().map(({ state }) => state)).toEqual(['resolved', 'resolved']);
  // Long after, the same failure is its own.
  await clock.advance(10_000);
  told.status = 'error';
  await clock.advance(2_000);
  expect(core.incidents()[0]?.cause).toMatchObject({ subsystem: 'feed' });
  expect(feed.restarts.length).toBeGreaterThan(0);
  await core.stop();
});

test('dependencies: a dependent whose own process dies after its cause has recovered is handled at once', async () => {
  const { clock, core, feed, stop } = await stoppedCause();
  stop();
  await clock.advance(4_000);
  core.signal(feed.exit(clock));
  await clock.advance(500);
  expect(core.incidents()[0]?.cause).toMatchObject({ subsystem: 'feed' });
  await core.stop();
});
