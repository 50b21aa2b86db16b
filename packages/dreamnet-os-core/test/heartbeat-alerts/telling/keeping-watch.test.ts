import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createDreamNetOSCore } from '../../../src/index.js';

const open = (core: ReturnType<typeof createDreamNetOSCore>) =>
  core.getActiveAlerts().map(({ fingerprint, severity }) => `${fingerprint} ${severity}`);

test('keeping watch: reports that are not kept are an alert, which ends by itself when they are again', async () => {
  const clock = createFakeClock();
  let problem: string | undefined;
  const core = createDreamNetOSCore({ clock, keepingProblem: () => problem });
  await core.start();
  await clock.advance(5_000);
  expect(open(core)).toEqual([]);
  problem = 'no space left';
  await clock.advance(2_000);
  expect(open(core)).toEqual(['store/reports critical']);
  expect(core.getActiveAlerts()[0]?.message).toContain('no space left');
  problem = undefined;
  await clock.advance(2_000);
  expect(open(core)).toEqual([]);
  await core.stop();
});
