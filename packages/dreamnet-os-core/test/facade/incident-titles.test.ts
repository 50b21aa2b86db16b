import { expect, test } from 'vitest';
import { Agent, startFleet } from './fleet.js';

test('incident titles: one is called by the worst that is open, and once it is over by the worst that was', async () => {
  const { clock, core } = await startFleet([], { policy: { default: 'off' } });
  core.watch('mail', { manifest: { heartbeat: { ttlMs: 10_000 } } });
  const say = async (status: 'ok' | 'warn', forMs: number) => {
    core.heartbeat({ subsystem: 'mail', status });
    await clock.advance(forMs);
  };
  await say('ok', 1000);
  await say('warn', 5000);
  const titleOf = () => core.incidents().map(({ title, cause }) => [title, cause.reason]);
  expect(titleOf()).toEqual([['mail: it warns', 'it warns']]);
  await clock.advance(15_000);
  const silent = 'mail: no heartbeat for more than 10000 ms';
  expect(titleOf()).toEqual([[silent, silent]]);
  await say('warn', 3000);
  expect(core.getActiveAlerts().map(({ message }) => message)).toEqual(['mail: it warns']);
  expect(titleOf()).toEqual([['mail: it warns', 'mail: it warns']]);
  expect(core.incidents()[0]?.stages.map(({ summary }) => summary)).toContain(silent);
  for (let round = 0; round < 5; round += 1) await say('ok', 3000);
  expect(core.incidents()[0]?.state).toBe('resolved');
  expect(titleOf()).toEqual([[silent, silent]]);
  await core.stop();
});

test('incident titles: while the cause is well and only whom it broke is not, one is called by those', async () => {
  const [cause, dependent] = [new Agent('p'), new Agent('q', { dependsOn: ['p'] })];
  const { clock, core } = await startFleet([cause, dependent], { policy: { default: 'off' } });
  cause.isAnswering = false;
  dependent.isAnswering = false;
  await clock.advance(2_000);
  const titleOf = () => core.incidents().find((one) => one.cause.subsystem === 'p')?.title;
  const before = titleOf();
  expect(before).toMatch(/^p: /);
  cause.isAnswering = true;
  await clock.advance(2_500);
  expect(core.getActiveAlerts().map(({ subsystem }) => subsystem)).toEqual(['q']);
  expect(titleOf()).toMatch(/^q: /);
  dependent.isAnswering = true;
  await clock.advance(10_000);
  expect(core.incidents().map(({ state }) => state)).toEqual(['resolved']);
  expect(titleOf()).toBe(before);
  await core.stop();
});
