import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PsEntry } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { type DaemonProcess, startDaemon } from './daemon-process.js';

const BIN = fileURLToPath(new URL('../../bin/dreamnet.mjs', import.meta.url));
/** Says that it is well; a call leaves a file and is never answered. It ends a second after it was asked to. */
const SLOW = `
require('node:http').createServer((request, response) => {
  if (request.method === 'GET') response.end('fine');
  else require('node:fs').writeFileSync('called', '');
}).listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => {
  require('node:fs').writeFileSync('asked-to-end', '');
  setTimeout(process.exit, 1000);
});`;

/** Interrupts a command when a file is there. */
async function interrupt(it: DaemonProcess, args: readonly string[], file: string) {
  const child = spawn(process.execPath, [BIN, ...args, '--state', it.stateDir]);
  let stderr = '';
  child.stderr.on('data', (part) => {
    stderr += part;
  });
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  await it.until(`'${args.join(' ')}' to be under way`, () => existsSync(join(it.folder, file)));
  child.kill('SIGINT');
  return { code: await closed, stderr };
}

test('interrupted commands: a call is broken off, a stop goes on, and each says so with exit code 130', async () => {
  const it = await startDaemon({
    agents: {
      slow: {
        ...{ runtime: 'custom', command: ['node', '-e', SLOW], protocol: 'http' },
        ...{ endpoint: 'http://127.0.0.1:{port}', capabilities: ['work'] },
      },
    },
  });
  const agent = async () => (await it.client().get<{ agent: PsEntry }>('/api/agents/slow')).agent;
  await it.until('it to be ready', async () => (await agent()).health.readiness.state === 'ready');
  expect(await interrupt(it, ['call', 'work', '{}'], 'called')).toEqual({
    code: 130,
    stderr: expect.stringMatching(/DN_CLI_INTERRUPTED: interrupted: the call is broken off/),
  });
  expect(await interrupt(it, ['stop', 'slow'], 'asked-to-end')).toEqual({
    code: 130,
    stderr: expect.stringMatching(/stop was asked for and goes on in the daemon; 'dreamnet ps'/),
  });
  await it.until('it to be stopped', async () => (await agent()).phase === 'idle');
});
