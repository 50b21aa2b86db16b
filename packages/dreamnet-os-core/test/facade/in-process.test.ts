import type { Alert, DreamnetEvent, Subsystem } from '@dreamnet/contracts';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { CORE_VERSION, createDreamNetOSCore } from '../../src/index.js';
import { createTestStore } from '../support.js';

function shop() {
  const state = { status: 'ok' as 'ok' | 'warn' | 'error', restarts: 0 };
  const subsystem: Subsystem = {
    status: () => state.status,
    restart: () => {
      state.restarts += 1;
      state.status = 'ok';
    },
  };
  return { state, subsystem };
}

test('in-process: without start(), run() evaluates at once, and settled() waits for the whole recovery', async () => {
  const clock = createFakeClock();
  const core = createDreamNetOSCore({ clock });
  const { state, subsystem } = shop();
  state.status = 'error';
  const status = core.run({ shop: subsystem });
  expect(status.lastRunAt).toBe(clock.now());
  expect(status.snapshot.subsystems).toMatchObject([{ name: 'shop', status: 'error' }]);
  expect(core.getActiveAlerts()).toHaveLength(1);
  let isSettled = false;
  const settled = core.settled().then(() => {
    isSettled = true;
  });
  await clock.advance(100);
  expect(state.restarts).toBe(1);
  expect(isSettled).toBe(false);
  await clock.advance(5_000);
  await settled;
  expect(core.recoveryActions()[0]?.state).toBe('succeeded');
  expect(core.incidents()[0]?.state).toBe('resolved');
  expect(core.getActiveAlerts()).toEqual([]);
  expect(clock.pendingTimers).toBe(0);
});

test('in-process: a status that says error again right after the restart is no success', async () => {
  const clock = createFakeClock();
  const core = createDreamNetOSCore({ clock });
  let calls = 0;
  // Good for a moment, then bad: a check that looked only once would believe it.
  const status = (): 'ok' | 'error' => {
    calls += 1;
    return calls === 2 ? 'ok' : 'error';
  };
  core.watch('shop', { status, restart: () => undefined });
  await core.start();
  await clock.advance(60_000);
  expect(core.recoveryActions().every(({ state }) => state !== 'succeeded')).toBe(true);
  expect(core.incidents()[0]?.state).toBe('open');
  await core.stop();
});

test('in-process: nothing has a timer and nothing is stored before the core is used', () => {
  const clock = createFakeClock();
  const { store, state } = createTestStore();
  createDreamNetOSCore({ clock, store });
  expect(clock.pendingTimers).toBe(0);
  expect(state.commits).toBe(0);
});

test('in-process: a warning is recorded and nothing is done about it', async () => {
  const clock = createFakeClock();
  const core = createDreamNetOSCore({ clock, policy: { default: 'full' } });
  const { state, subsystem } = shop();
  state.status = 'warn';
  core.run({ shop: subsystem });
  await clock.advance(30_000);
  expect(state.restarts).toBe(0);
  expect(core.incidents()[0]?.stages.at(-1)?.stage).toBe('note');
});

test('in-process: a proposed action is carried out on a person’s word, and the audit log names the person', async () => {
  const clock = createFakeClock();
  const { store } = createTestStore();
  const core = createDreamNetOSCore({ clock, store });
  const { state, subsystem } = shop();
  state.status = 'error';
  const [action] = core.generateRecoveryActions({ shop: subsystem });
  expect(core.generateRecoveryActions({ shop: subsystem })).toEqual([action]);
  expect(core.executeRecovery(action?.id ?? '', 'ada')).toMatchObject({ ok: true });
  await clock.advance(5_000);
  expect(state.restarts).toBe(1);
  expect(core.recoveryActions()[0]).toMatchObject({ state: 'succeeded', decidedBy: 'ada' });
  const audit = await core.audit.entries();
  expect(audit.map(({ actor, action: what }) => [actor, what])).toEqual([
    ['ada', 'remedy.approve'],
    ['ada', 'remedy.execute'],
  ]);
  expect(await core.audit.verify()).toEqual({ ok: true, entries: 2 });
});

test('in-process: a subsystem without powers gets an action for a person, which nobody can execute', () => {
  const core = createDreamNetOSCore({ clock: createFakeClock() });
  const [action] = core.generateRecoveryActions({ shop: { status: () => 'error' } });
  expect(action).toMatchObject({ executor: 'person', state: 'proposed' });
  expect(core.executeRecovery(action?.id ?? '')).toMatchObject({ ok: false });
});

test('in-process: an action for a dependent acts on its cause, once', () => {
  const core = createDreamNetOSCore({ clock: createFakeClock() });
  const restart = (): void => undefined;
  const broken = { status: () => 'error' as const, restart };
  const actions = core.generateRecoveryActions({
    web: { ...broken, manifest: { dependsOn: ['api'] } },
    api: { ...broken, manifest: { dependsOn: ['db'] } },
    db: broken,
  });
  expect(actions.map(({ subsystem, type }) => [subsystem, type])).toEqual([['db', 'service_restart']]);
});

test('alerts: what a person does is audited before it is done, and refused when there is nothing to do', async () => {
  const core = createDreamNetOSCore({ clock: createFakeClock(), policy: { default: 'off' } });
  const { state, subsystem } = shop();
  state.status = 'error';
  core.run({ shop: subsystem });
  const id = core.getActiveAlerts()[0]?.id ?? '';
  expect(core.acknowledgeAlert(id, 'ada')).toBe(true);
  expect(core.closeAlert(id, 'ada')).toBe(false);
  expect(core.resolveAlert(id, 'ada', 'known')).toBe(true);
  expect(core.resolveAlert(id)).toBe(false);
  expect(core.resolveAlert('alert-unknown')).toBe(false);
  const actions = (await core.audit.entries()).map(({ action }) => action);
  expect(actions).toEqual(['alert.acknowledge', 'alert.resolve']);
});

test('events: listeners and iterators get every event in order; one that throws harms nobody', async () => {
  const core = createDreamNetOSCore({ clock: createFakeClock() });
  const seen: DreamnetEvent[] = [];
  core.subscribe(() => {
    throw new TypeError('broken listener');
  });
  core.subscribe((event) => seen.push(event));
  const iterator = core.events();
  const first = iterator.next();
  core.run({ shop: shop().subsystem });
  expect((await first).value).toEqual(seen[0]);
  expect((await iterator.next()).value).toEqual(seen[1]);
  await iterator.return?.();
  expect((await iterator.next()).done).toBe(true);
});

test('notify: told once when it fires and once when it is over; a silenced alert is not told', async () => {
  const clock = createFakeClock();
  const told: string[] = [];
  const notify = (alert: Alert, status: string): number => told.push(`${alert.subsystem} ${status}`);
  const core = createDreamNetOSCore({ clock, notify });
  const [loud, quiet] = [shop(), shop()];
  await core.silence({
    matchers: { subsystem: 'quiet' },
    endsAt: clock.now() + 60_000,
    createdBy: 'ada',
    comment: 'maintenance',
  });
  loud.state.status = 'error';
  quiet.state.status = 'error';
  core.run({ loud: loud.subsystem, quiet: quiet.subsystem });
  await clock.advance(10_000);
  core.getActiveAlerts();
  expect(told).toEqual(['loud firing', 'loud resolved']);
});

test('lifecycle: start and stop are idempotent, and a core can be started again', async () => {
  const clock = createFakeClock();
  const core = createDreamNetOSCore({ clock });
  const { state, subsystem } = shop();
  core.watch('shop', subsystem);
  await Promise.all([core.start(), core.start()]);
  await core.stop();
  await core.stop();
  expect(clock.pendingTimers).toBe(0);
  await core.start();
  state.status = 'error';
  await clock.advance(30_000);
  expect(state.restarts).toBe(1);
  await core.stop();
  expect(clock.pendingTimers).toBe(0);
});

test('lifecycle: a start that cannot read its store fails and leaves nothing running', async () => {
  const clock = createFakeClock();
  const { store } = createTestStore();
  const broken = { ...store, scan: () => Promise.reject(new TypeError('the disk is gone')) };
  const core = createDreamNetOSCore({ clock, store: broken });
  await expect(core.start()).rejects.toThrow();
  expect(clock.pendingTimers).toBe(0);
});

test('lifecycle: an unwatched subsystem takes its alerts, gaps and incident with it', async () => {
  const clock = createFakeClock();
  const core = createDreamNetOSCore({ clock, policy: { default: 'off' } });
  const { state, subsystem } = shop();
  core.watch('shop', { ...subsystem, manifest: { needs: ['gold'] } });
  await core.start();
  state.status = 'error';
  await clock.advance(20_000);
  expect(core.incidents()[0]?.state).toBe('open');
  core.unwatch('shop');
  await clock.advance(2_000);
  expect(core.incidents().map(({ state: is }) => is)).toEqual(['resolved']);
  expect([core.getActiveAlerts(), core.getIntegrationGaps()]).toEqual([[], []]);
  await core.stop();
});

test('version: what the status shows is the version of the package', () => {
  const { major, minor, patch, label } = CORE_VERSION;
  expect(`${major}.${minor}.${patch}`).toBe(manifest.version);
  expect(label).toBe(manifest.version);
});
