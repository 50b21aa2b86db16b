import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { createId } from '@dreamnet/kit';
import { expect, onTestFinished, test } from 'vitest';
import { specIn } from '../fixtures/harness.js';
import { marked } from '../fixtures/marked.js';

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
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
    const { said, kill } = await startProgram('daemon.mjs', [newFolder(), '[]', 'alone']);
    kill();
    expect(await said).toBe('{"list":[]}\n');
  }
});

test('supervisor: a program that does nothing else does not end before what it took over has ended', async () => {
  const folder = newFolder();
  const instanceId = createId('daemon');
  onTestFinished(() => {
    for (const pid of marked(instanceId)) process.kill(pid, 'SIGKILL');
  });
  const specs = JSON.stringify([specIn(folder)('a', ['sleep', '1000'])]);
  const { kill } = await startProgram('daemon.mjs', [folder, specs, instanceId]);
  kill();
  expect(marked(instanceId)).toHaveLength(1);
  const { said } = await startProgram('ends-all.mjs', [folder, specs, instanceId]);
  expect(await said).toBe('ended a\n');
  expect(marked(instanceId)).toEqual([]);
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'dreamnet-alone-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Resolves when it has said something, or has ended. */
async function startProgram(name: string, options: readonly string[]) {
  const program = spawn(process.execPath, [fixture(name), ...options], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const kill = () => program.kill('SIGKILL');
  onTestFinished(() => void kill());
  const said = text(program.stdout);
  await Promise.race([once(program.stdout, 'data'), once(program, 'exit')]);
  return { said, kill };
}
