import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { SettlingRuns } from '../../src/groups/settling-runs.js';

function watched() {
  const clock = createFakeClock();
  let timers = 0;
  const runs = new SettlingRuns({
    setTimeout: (callback, delayMs) => {
      timers += 1;
      const fire = () => {
        timers -= 1;
        callback();
      };
      return clock.setTimeout(fire, delayMs);
    },
    clearTimeout: (handle) => {
      timers -= 1;
      clock.clearTimeout(handle);
    },
  });
  const settled: string[] = [];
  const wait = (id: string, identity: string, leftMs = 1000) =>
    runs.wait({ id, identity, leftMs }, () => settled.push(identity));
  return { clock, runs, wait, settled, timers: () => timers };
}

test('settling runs: of a member that is started again and again only the last run is waited for', async () => {
  const { clock, wait, settled, timers } = watched();
  for (let start = 0; start < 100; start += 1) wait('a', `a${start}`);
  expect(timers()).toBe(1);
  await clock.advance(1000);
  expect([settled, timers()]).toEqual([['a99'], 0]);
});

test('settling runs: to hear of a run again changes nothing, and members do not mind each other', async () => {
  const { clock, wait, settled } = watched();
  wait('a', 'a1');
  wait('b', 'b1', 1500);
  await clock.advance(600);
  wait('a', 'a1');
  await clock.advance(400);
  expect(settled).toEqual(['a1']);
  await clock.advance(500);
  expect(settled).toEqual(['a1', 'b1']);
});

test('settling runs: after the end nothing is told and no timer is left', async () => {
  const { clock, runs, wait, settled, timers } = watched();
  wait('a', 'a1');
  wait('b', 'b1');
  runs.stop();
  expect(timers()).toBe(0);
  await clock.advance(2000);
  expect(settled).toEqual([]);
});
