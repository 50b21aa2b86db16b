import { createDreamNetOSCore } from '@dreamnet/dreamnet-os-core';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { BUDGETS_SUBSYSTEM } from '../../../src/config/budget-checks.js';
import { fleetSchema } from '../../../src/config/schema.js';
import { budgetRules } from '../../../src/daemon/spending/budget-watch.js';

test('budget alerts: a share is told as a share, never as if it were an amount', async () => {
  const fleet = fleetSchema.parse({ version: 1, budgets: { team: { tokens: 1000, per: 'day' } } });
  const clock = createFakeClock(1_000_000);
  const core = createDreamNetOSCore({ clock, policy: { default: 'off' }, rules: budgetRules(fleet) });
  core.watch(BUDGETS_SUBSYSTEM, { manifest: { domain: 'economy' } });
  await core.start();
  core.heartbeat({
    ...{ subsystem: BUDGETS_SUBSYSTEM, status: 'ok' },
    metrics: { 'used{budget="team",measure="tokens"}': 5.001 },
  });
  await clock.advance(10_000);
  expect(
    core
      .getActiveAlerts()
      .map(({ message }) => message)
      .sort(),
  ).toEqual([
    'budget team is nearly used up (5.001 times the limit of tokens is used)',
    'budget team is used up, and what would spend from it is refused (5.001 times the limit of tokens is used)',
  ]);
  await core.stop();
});
