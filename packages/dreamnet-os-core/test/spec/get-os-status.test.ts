import { DreamNetOSCore } from '@dreamnet/dreamnet-os-core';
import { expect, test } from 'vitest';

test('specification: "Get OS Status" and the snapshot example run as they stand', () => {
  const lines: string[] = [];
  const console = { log: (line: string): number => lines.push(line) };

  const status = DreamNetOSCore.status();
  console.log(`Last run: ${status.lastRunAt}`);
  console.log(`Version: ${status.snapshot.version.label}`);

  const snapshot = DreamNetOSCore.getSnapshot();
  console.log(`Version: ${snapshot.version.label}`);
  console.log(`Health: ${snapshot.globalHealth.infraHealth}`);

  expect(lines).toHaveLength(4);
  expect(lines[1]).toMatch(/^Version: \d+\.\d+\.\d+$/);
  expect(lines[3]).toMatch(/^Health: (0|1|0\.\d+)$/);
});
