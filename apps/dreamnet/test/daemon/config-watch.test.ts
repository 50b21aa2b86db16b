import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { watchConfig } from '../../src/daemon/config-watch.js';

test('fleet file: where the kernel has no watch left it is looked at every two seconds, and that is said', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dreamnet-watch-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'dreamnet.yaml');
  writeFileSync(file, 'version: 1\n');
  const clock = createFakeClock();
  const troubles: string[] = [];
  let taken = 0;
  const stop = watchConfig({
    ...{ file, clock, onRefused: () => undefined, onTrouble: (text: string) => troubles.push(text) },
    apply: async () => {
      taken += 1;
    },
    watchFolder: () => {
      throw Object.assign(new TypeError('ENOSPC: System limit for number of file watchers reached'), {
        code: 'ENOSPC',
      });
    },
  });
  expect(troubles).toEqual([expect.stringMatching(/is looked at every 2 s.*file watchers/)]);
  await clock.advance(10_000);
  expect(taken).toBe(0);
  writeFileSync(file, 'version: 1\nagents: {}\n');
  await clock.advance(2500);
  expect(taken).toBe(1);
  rmSync(file);
  await clock.advance(2500);
  expect(taken).toBe(2);
  stop();
  writeFileSync(file, 'version: 1\n');
  await clock.advance(10_000);
  expect(taken).toBe(2);
});
