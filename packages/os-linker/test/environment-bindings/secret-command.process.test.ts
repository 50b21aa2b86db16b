import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { askCommand } from '../../src/environment-bindings/secret-command.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'dreamnet-command-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const ask = (script: string, timeoutMs = 10_000) =>
  askCommand(['sh', '-c', script], { timeoutMs, directory, env: { PATH: '/usr/bin:/bin', GIVEN: 'yes' } });

test('secret command: what it prints is the value, without the final line break', async () => {
  expect(await ask('echo one; echo two')).toEqual({ value: 'one\ntwo' });
});

test('secret command: it has the environment it was given and nothing else of ours', async () => {
  process.env.CANARY_OF_THE_DAEMON = 'x';
  const answer = await ask('echo "$GIVEN$CANARY_OF_THE_DAEMON"');
  delete process.env.CANARY_OF_THE_DAEMON;
  expect(answer).toEqual({ value: 'yes' });
});

test('secret command: a failure is told without what was printed', async () => {
  expect(await ask('echo hunter2; echo hunter2 >&2; exit 3')).toEqual({ observed: 'exit code 3' });
  expect(await askCommand(['/not/there'], { timeoutMs: 1000, directory, env: {} })).toEqual({
    observed: 'cannot be run (ENOENT)',
  });
  expect(await ask('head -c 70000 /dev/zero')).toEqual({ observed: 'longer than 65536 bytes' });
});

test('secret command: one that takes too long is ended with what it started', async () => {
  const left = join(directory, 'left');
  expect(await ask(`(sleep 2; touch ${left}) & sleep 60`, 100)).toEqual({
    observed: 'not there within 100 ms',
  });
  // A real wait: only time shows that the child is gone.
  await new Promise((resolve) => setTimeout(resolve, 2200));
  expect(existsSync(left)).toBe(false);
});
