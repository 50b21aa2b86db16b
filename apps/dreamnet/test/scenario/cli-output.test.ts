import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { PsEntry } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { type DaemonProcess, daemonOfTest, runCli, startDaemon } from './daemon-process.js';

const BIN = fileURLToPath(new URL('../../bin/dreamnet.mjs', import.meta.url));
const sleeper = { runtime: 'custom', command: ['sh', '-c', 'while :; do sleep 1; done'] };

test('commands: a reader that leaves ends a stream quietly, as in events | head', async () => {
  const daemon = await startDaemon({ agents: { a: sleeper } });
  const { status, errors } = await readAndLeave(['events', '-f', '--state', daemon.stateDir], async () => {
    await daemon?.cli('restart', 'a');
  });
  expect(errors).toBe('');
  expect(status).toBe(0);
});

test('up: a daemon whose output nobody reads any more goes on', async () => {
  const daemon = daemonOfTest({ agents: { a: sleeper } });
  await daemon.up({ isOutputClosed: true });
  const before = await pidOf(daemon);
  process.kill(before ?? 0, 'SIGKILL');
  const it = daemon;
  await it.until('the agent to be back', async () => {
    const pid = await pidOf(it);
    return pid !== null && pid !== before;
  });
});

test('commands: an address that is none is wrong usage', () => {
  for (const url of ['nonsense', 'ftp://127.0.0.1'])
    expect(runCli(['ps', '--url', url])).toMatchObject({ status: 2, stdout: '' });
});

test('commands: wrong usage is told to a program as JSON, and to people with the help', () => {
  for (const words of [
    ['status', '--nosuch'],
    ['statu'],
    ['describe'],
    ['status', 'explain', 'infra', 'more'],
    [],
  ]) {
    const { status, stdout, stderr } = runCli([...words, '--json']);
    expect([words, status, stderr]).toEqual([words, 2, '']);
    expect([words, JSON.parse(stdout)]).toMatchObject([words, { error: { code: 'DN_CLI_USAGE' } }]);
  }
  const { status, stdout, stderr } = runCli(['status', '--nosuch']);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/unknown option '--nosuch'[\s\S]*Usage: dreamnet status/);
});

test('commands: whatever is asked for by its id and is not there is a coded error and exit code 1', async () => {
  const daemon = await startDaemon({ agents: { a: sleeper } });
  for (const words of [
    ['alerts', 'show', 'x'],
    ['approve', 'x'],
    ['incidents', 'x'],
  ]) {
    const { status, stdout, stderr } = daemon.cli(...words);
    expect([words, status, stdout]).toEqual([words, 1, '']);
    expect(stderr).toMatch(/^error DN_[A-Z]+_[A-Z_]+: there is no [a-z ]+ 'x'/);
  }
  const asJson = daemon.cli('incidents', 'x', '--json');
  expect(asJson.status).toBe(1);
  expect(JSON.parse(asJson.stdout)).toMatchObject({ error: { code: 'DN_API_NOT_FOUND' } });
});

test('commands: a file that cannot be written is told in words', () => {
  const run = runCli(['init', '/nonexistent/dreamnet.yaml']);
  expect(run.status).toBe(2);
  expect(run.stderr).toContain('DN_CLI_USAGE: /nonexistent/dreamnet.yaml cannot be written');
});

test('commands: output that a full disk does not take is a failure, told on standard error', async () => {
  const daemon = await startDaemon({ agents: { a: sleeper } });
  for (const words of [['ps'], ['ps', '--json'], ['schema'], ['--help']]) {
    const { status, stderr } = runInto('/dev/full', [
      ...words,
      ...(words[0] === 'ps' ? ['--state', daemon.stateDir] : []),
    ]);
    expect([words, status]).toEqual([words, 1]);
    expect(stderr).toMatch(/^error DN_CLI_OUTPUT_LOST: .*ENOSPC/);
  }
  const { status, stderr } = runInto('&-', ['schema']);
  expect([status, stderr]).toEqual([0, '']);
});

test('commands: a number of seconds beyond an hour, and a capability that is no name, are wrong usage', () => {
  for (const words of [
    ['call', 'x', '--timeout', '1e9'],
    ['call', 'x', '--timeout', '3601'],
    ['routes', 'explain', '..'],
    ['describe', '.'],
    ['alerts', 'show', '..'],
  ]) {
    const { status, stderr } = runCli(words);
    expect([words, status]).toEqual([words, 2]);
    expect(stderr).toMatch(/^error DN_CLI_USAGE: /);
    expect(stderr).not.toContain('Warning');
  }
});

/** Runs a command of the program by a shell that sends its output there. */
function runInto(place: string, words: readonly string[]) {
  const command = ['-c', `exec "$@" >${place}`, 'sh', process.execPath, BIN, ...words];
  return spawnSync('sh', command, { encoding: 'utf8' });
}

async function pidOf(it: DaemonProcess): Promise<number | null> {
  return (await it.client().get<{ agent: PsEntry }>('/api/agents/a')).agent.pid;
}

/** Reads until something comes, closes the pipe, and lets `more` be written into it. */
async function readAndLeave(args: readonly string[], more: () => Promise<void>) {
  const child = spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (part) => {
    errors += part;
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  child.stdout.destroy();
  await more();
  return { status: await ended, errors };
}
