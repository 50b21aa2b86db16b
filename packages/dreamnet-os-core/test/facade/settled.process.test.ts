import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const ENTRY = new URL('../../dist/index.js', import.meta.url);

const PROGRAM = `
import { DreamNetOSCore } from ${JSON.stringify(ENTRY.href)};
let status = 'error';
DreamNetOSCore.run({ shop: { status: () => status, restart: async () => { status = 'ok'; } } });
await DreamNetOSCore.settled();
process.stdout.write(DreamNetOSCore.incidents()[0].state);
`;

/** Really waits: the machine's clock and its timers, which do not keep a program alive, are what is tested. */
test('settled: a program that awaits it is kept alive until the recovery is over, and then ends by itself', async () => {
  const args = ['--input-type=module', '--eval', PROGRAM];
  const cwd = fileURLToPath(new URL('../..', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd, timeout: 20_000 });
  expect(stdout).toBe('resolved');
});
