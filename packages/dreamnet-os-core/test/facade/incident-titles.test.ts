import { expect, test } from 'vitest';
import { startFleet } from './fleet.js';

test('incident titles: one that turns out to be worse is called by what is worst, and keeps that when it gets better', async () => {
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
  expect(titleOf()).toEqual([[silent, silent]]);
  await core.stop();
});
