import { createDreamNetOSCore } from '@dreamnet/dreamnet-os-core';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { dreamShop, dreamVault } from './subsystems.js';

test('specification: "Detect Integration Gaps" tells type and description', () => {
  const DreamNetOSCore = createDreamNetOSCore({ clock: createFakeClock() });
  const lines: string[] = [];
  const console = { log: (line: string): number => lines.push(line) };

  const gaps = DreamNetOSCore.detectIntegrationGaps({
    dreamVault: dreamVault,
    dreamShop: dreamShop,
    // ... other subsystems
  });

  gaps.forEach((gap) => {
    console.log(`Gap: ${gap.type}`);
    console.log(`Description: ${gap.description}`);
  });

  expect(lines).toEqual([
    'Gap: missing_connection',
    "Description: 'dreamVault' is not connected to 'dreamShop'",
    'Gap: dependency_problem',
    "Description: 'dreamShop' needs 'dreamVault' in version ^2.0.0",
  ]);
});
