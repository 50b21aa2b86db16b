import { createDreamNetOSCore } from '@dreamnet/dreamnet-os-core';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { dreamShop, dreamVault } from './subsystems.js';

test('specification: "Get Active Alerts" tells severity and message of what is wrong', () => {
  const DreamNetOSCore = createDreamNetOSCore({ clock: createFakeClock(), policy: { default: 'off' } });
  DreamNetOSCore.run({ dreamVault, dreamShop });
  const lines: string[] = [];
  const console = { log: (line: string): number => lines.push(line) };

  const alerts = DreamNetOSCore.getActiveAlerts();
  alerts.forEach((alert) => {
    console.log(`${alert.severity}: ${alert.message}`);
  });

  expect(lines).toContain('critical: dreamVault: it reports an error: the vault does not open');
});
