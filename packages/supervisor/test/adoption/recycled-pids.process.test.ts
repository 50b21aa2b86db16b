import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const FIXTURE = fileURLToPath(new URL('../fixtures/recycled-pids.mjs', import.meta.url));
/** Its own numbers, so that nobody else takes the one that is to be given out again; the shell reaps, as init does. */
const OWN_NUMBERS = [
  '--user',
  '--map-root-user',
  '--pid',
  '--fork',
  '--kill-child',
  '--mount-proc',
  'sh',
  '-c',
];

test('identity: a number that was ours and is a stranger’s by now is never touched, neither adopting nor stopping', (ctx) => {
  const canTry =
    spawnSync('unshare', [...OWN_NUMBERS, 'echo 99 > /proc/sys/kernel/ns_last_pid']).status === 0;
  if (!canTry) return ctx.skip('needs a process namespace in which the next number may be chosen');
  const dir = mkdtempSync(join(tmpdir(), 'dreamnet-recycled-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const run = spawnSync('unshare', [...OWN_NUMBERS, '"$@"; exit $?', 'sh', process.execPath, FIXTURE, dir], {
    encoding: 'utf8',
    timeout: 25_000,
  });
  expect(run.stderr).toBe('');
  expect(
    run.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([
    { name: 'away', restarted: ['a'], isAnother: true, isUntouched: true },
    { name: 'child', isStopped: true, isUntouched: true },
  ]);
});
