import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const DAEMON = fileURLToPath(new URL('../fixtures/daemon.mjs', import.meta.url));
/** Becomes another program all the time, leading its session: it may be what an earlier spawner has begun. */
const RESTLESS = 'exec sh -c "$0" "$0"';

test('supervisor: a program that does nothing else does not end while it waits for who may have been begun', async () => {
  const restless = Array.from({ length: 4 }, () =>
    spawn('sh', ['-c', RESTLESS, RESTLESS], { detached: true, stdio: 'ignore' }),
  );
  onTestFinished(() => {
    for (const one of restless) one.kill('SIGKILL');
  });
  for (let start = 0; start < 10; start += 1) {
    const folder = mkdtempSync(join(tmpdir(), 'dreamnet-alone-'));
    const daemon = spawn(process.execPath, [DAEMON, folder, '[]', 'alone'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const said = text(daemon.stdout);
    await Promise.race([once(daemon.stdout, 'data'), once(daemon, 'exit')]);
    daemon.kill('SIGKILL');
    expect(await said).toBe('{"list":[]}\n');
  }
});
