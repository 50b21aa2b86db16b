import { readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IsolationSpec } from '@dreamnet/contracts';
import { expect } from 'vitest';
import { logLine, startHarness } from '../fixtures/harness.js';
import { sandboxTest, searchPath } from '../fixtures/sandbox-test.js';

const LISTED: IsolationSpec = {
  ...{ level: 'sandbox', isRequired: true, paths: [], network: { access: 'allow-list', allow: [] } },
};

/** What this process has open in a folder. */
function openIn(folder: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return path.startsWith(folder) ? [path] : [];
    } catch {
      return []; // the descriptor the folder itself was read by
    }
  });
}

sandboxTest(
  'start: a place of the search path that cannot be looked into is passed over, as by exec',
  async () => {
    const { supervisor, spec, dir } = await startHarness({ isolation: { searchPath } });
    writeFileSync(join(dir, 'file'), '');
    const env = { PATH: `${join(dir, 'file')}:/usr/bin:/bin` };
    await supervisor.launch(
      spec('a', ['sh', '-c', 'echo up; sleep 1000'], { env, isolation: { ...LISTED } }),
    );
    expect(await logLine(supervisor, 'a', /up/)).toBe('up');
  },
);

sandboxTest('start: one that fails leaves no gate open', async () => {
  const { supervisor, spec, dir } = await startHarness({ isolation: { searchPath } });
  const before = openIn(dir).length;
  for (const name of ['a', 'b', 'c'])
    await expect(
      supervisor.launch(spec(name, [join(dir, 'none')], { isolation: LISTED })),
    ).rejects.toMatchObject({ code: 'DN_SUPERVISOR_SPAWN_FAILED' });
  await supervisor.shutdown({ leaveRunning: false, deadlineMs: 0 });
  expect(openIn(dir).length).toBeLessThanOrEqual(before);
});
