import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PsEntry } from '@dreamnet/contracts';
import { expect, onTestFinished, test } from 'vitest';
import type { StoppedAgent } from '../../src/http/views.js';
import { type DaemonProcess, prepareDaemon } from './daemon-process.js';

/** An MCP server on stdio. */
const RESEARCHER = fileURLToPath(new URL('../../../../examples/fleet/agents/researcher.py', import.meta.url));

/** Makes a file `ready` when it takes no more notice of SIGTERM. */
const stubborn = (deadline: string) => ({
  runtime: 'custom',
  command: ['sh', '-c', 'trap "" TERM; touch "$0"; while :; do sleep 0.05; done', 'ready'],
  stop: { deadline },
});

async function start(config: object): Promise<DaemonProcess> {
  const daemon = prepareDaemon(config);
  onTestFinished(() => daemon.remove());
  await daemon.up();
  return daemon;
}

test('stopping: stop says how the agent ended, and that nothing is left; a second time that nothing ran', async () => {
  const it = await start({
    agents: {
      files: {
        runtime: 'python',
        command: ['python3', RESEARCHER],
        protocol: 'mcp',
      },
      quits: {
        runtime: 'custom',
        command: ['sh', '-c', 'trap "exit 5" QUIT; while :; do sleep 0.05; done'],
        stop: { signal: 'SIGQUIT' },
      },
    },
  });
  await it.until('the MCP server to answer', async () => {
    const { agent } = await it.client().get<{ agent: PsEntry }>('/api/agents/files');
    return agent.health.readiness.state === 'ready';
  });
  expect(it.cli('stop', 'files').stdout).toMatch(
    /^files: stopped; asked over stdin, left after [\d.]+ m?s; nothing is left\n$/,
  );
  expect(it.cli('stop', 'quits').stdout).toMatch(
    /^quits: stopped; SIGQUIT, .*left after .*; nothing is left\n$/,
  );
  expect(it.cli('describe', 'quits').stdout).toMatch(/exit code 5\n +stopped: SIGQUIT/);
  expect(it.cli('stop', 'quits').stdout).toBe('quits: stopped; nothing of it ran\n');
  expect(it.cli('events', '--pattern', 'process.stopped.*').stdout).toMatch(/process.stopped\s+files/);
  expect(it.processes().size).toBe(0);
});

test('stopping: what will not go is killed after its deadline, and the answer says so', async () => {
  const it = await start({ agents: { a: stubborn('300ms') } });
  await it.until('its trap to be set', () => existsSync(join(it.folder, 'ready')));
  const { stops } = await it.client().send<StoppedAgent>('POST', '/api/agents/a/stop');
  expect(stops).toMatchObject([
    { id: 'a', stop: { isProven: true, steps: [{ rung: 'signal' }, { rung: 'kill', left: 0 }] } },
  ]);
});
