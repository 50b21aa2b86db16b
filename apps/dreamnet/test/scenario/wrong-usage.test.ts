import { expect, test } from 'vitest';
import { runCli, startDaemon } from './daemon-process.js';
import { echoAgent } from './echo-agent.js';

test('commands: a value that only the daemon can tell to be wrong is wrong usage, too', async () => {
  const daemon = await startDaemon({ agents: { web: echoAgent({ replicas: 1 }) } });
  for (const words of [
    ['alerts', '--alert-state', 'opne'],
    ['alerts', '--severity', 'bad'],
    ['alerts', '--limit', 'x'],
    ['logs', '--level', 'loud'],
    ['logs', '--since', 'yesterday'],
    ['trends', '--level', 'x'],
    ['events', '--pattern', '..'],
    ['restart', 'web#1', '--rolling'],
    ['scale', 'web#1', '2'],
    ['scale', 'web#1'],
  ]) {
    const { status, stdout, stderr } = daemon.cli(...words);
    expect([words, status, stdout]).toEqual([words, 2, '']);
    expect(stderr).toMatch(/^error DN_/);
  }
  expect(daemon.cli('restart', 'web#1', '--rolling').stderr).toBe(
    "error DN_CLI_USAGE: 'web#1' is one replica: a rolling restart is of all of them, 'web'; 'dreamnet restart web#1' is of this one\n",
  );
  expect(daemon.cli('scale', 'web#1').stderr).toBe(
    "error DN_CLI_USAGE: 'web#1' is one replica, and how many there are is said of all of them: dreamnet scale web\n",
  );
});

test('commands: an option that would have no effect, or a count that is none, is refused before anything is asked', () => {
  for (const [words, why] of [
    [['restart', 'web', '--max-unavailable', '1'], '--max-unavailable goes with --rolling'],
    [['restart', 'web', '--max-unavailable', '7'], '--max-unavailable goes with --rolling'],
    [['top', '--json', '--lines', '-4'], "'-4' is no number of lines"],
  ] as const) {
    const { status, stderr } = runCli(words.filter((word) => word !== '--json'));
    expect([words, status]).toEqual([words, 2]);
    if (!words.some((word) => word === '--json')) expect(stderr).toContain(why);
    expect([words, runCli(words).status]).toEqual([words, 2]);
  }
});

test('call: one that fails is told as an error on standard error, with what was tried in whole milliseconds', async () => {
  const own = await startDaemon({ agents: { web: echoAgent({ replicas: 1 }) } });
  const unknown = own.cli('call', 'nobody.does.this');
  expect([unknown.status, unknown.stdout]).toEqual([1, '']);
  expect(unknown.stderr).toMatch(/^error DN_SPINE_NO_ROUTE: /);
  await own.until('it to serve', () => own.cli('call', 'echo').status === 0);
  const late = own.cli('call', 'echo', '{"holdMs": 20000}', '--timeout', '0.4');
  expect([late.status, late.stdout]).toEqual([1, '']);
  expect(late.stderr).toMatch(/^error DN_SPINE_CALL_TIMEOUT: .* within \d+ ms\n/);
});

test('describe --changes: the name of an agent stands for all its replicas', async () => {
  const daemon = await startDaemon({ agents: { web: echoAgent({ replicas: 2 }) } });
  const { status, stdout, stderr } = daemon.cli('describe', '--changes', 'web', '--json');
  expect([status, stderr]).toEqual([0, '']);
  const targets = new Set(
    (JSON.parse(stdout) as { processIds: string[] }[]).flatMap(({ processIds }) => processIds),
  );
  expect([...targets].sort()).toEqual(['web#1', 'web#2']);
  expect(daemon.cli('describe', '--changes', 'nobody').stderr).toMatch(/^error DN_API_NOT_FOUND/);
});
