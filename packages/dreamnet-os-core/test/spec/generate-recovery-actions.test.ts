import { createDreamNetOSCore } from '@dreamnet/dreamnet-os-core';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { dreamShop, dreamVault } from './subsystems.js';

test('specification: "Generate Recovery Actions" tells type and description, and carries nothing out', async () => {
  const clock = createFakeClock();
  const DreamNetOSCore = createDreamNetOSCore({ clock });
  const lines: string[] = [];
  const console = { log: (line: string): number => lines.push(line) };

  const actions = DreamNetOSCore.generateRecoveryActions({
    dreamVault: dreamVault,
    dreamShop: dreamShop,
    // ... other subsystems
  });

  actions.forEach((action) => {
    console.log(`Action: ${action.type}`);
    console.log(`Description: ${action.description}`);
  });

  expect(lines).toEqual(['Action: service_restart', "Description: Restart 'dreamVault'"]);
  await clock.advance(60_000);
  expect(DreamNetOSCore.recoveryActions().map(({ state }) => state)).toEqual(['proposed']);
});
