import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startDaemon } from './daemon-process.js';
import { echoAgent } from './echo-agent.js';

const sleeper = { runtime: 'custom', command: ['sh', '-c', 'while :; do sleep 1; done'] };

test('names: one that nobody has is refused with the near one, in every filter', async () => {
  const daemon = await startDaemon({ agents: { counter: sleeper, web: echoAgent({ replicas: 1 }) } });
  for (const [words, said] of [
    [['alerts', '--subsystem', 'countr'], "subsystem 'countr'; did you mean 'counter'?"],
    [
      ['alerts', '--all', '--subsystem', 'wholly-other'],
      "subsystem 'wholly-other'; 'dreamnet status --all' lists",
    ],
    [['trends', 'countr'], "subsystem 'countr'; did you mean 'counter'?"],
    [['history', 'countr'], "subsystem 'countr'; did you mean 'counter'?"],
    [['history', 'infar', 'score'], "subsystem 'infar'; did you mean 'infra'?"],
    [['routes', 'explain', 'ehco'], "capability 'ehco'; did you mean 'echo'?"],
    [['alerts', 'silence', 'web#2'], "subsystem 'web#2'; did you mean 'web#1'?"],
  ] as const) {
    const { status, stdout, stderr } = daemon.cli(...words);
    expect([words, status, stdout]).toEqual([words, 1, '']);
    expect(stderr).toContain(`error DN_CLI_UNKNOWN_NAME: there is no ${said}`);
  }
  expect(daemon.cli('alerts', 'silences').stdout).toContain('No silences');
});

test('names: to do something with an agent that is not there is refused with the near one, too', async () => {
  const daemon = await startDaemon({ agents: { counter: sleeper, web: echoAgent({ replicas: 1 }) } });
  for (const [words, said] of [
    [['describe', 'countr'], "agent 'countr'; did you mean 'counter'?"],
    [['logs', 'countr'], "agent 'countr'; did you mean 'counter'?"],
    [['restart', 'wbe'], "agent 'wbe'; did you mean 'web'?"],
    [['scale', 'wbe', '2'], "agent 'wbe'; did you mean 'web'?"],
    [['freeze', 'countr'], "agent or budget 'countr'; did you mean 'counter'?"],
    [['stop', 'wholly-other'], "agent 'wholly-other'; 'dreamnet ps' lists them"],
  ] as const) {
    const { status, stderr } = daemon.cli(...words);
    expect([words, status]).toEqual([words, 1]);
    expect(stderr).toContain(`error DN_API_NOT_FOUND: there is no ${said}`);
  }
});

test('names: whoever is there or was there is known, with nothing to show of it, too', async () => {
  const own = await startDaemon({ agents: { counter: sleeper, web: echoAgent({ replicas: 1 }) } });
  for (const words of [
    ['alerts', '--subsystem', 'counter'],
    ['alerts', '--subsystem', 'web#1'],
    ['trends', 'web'],
    ['trends', 'economy'],
    ['history', 'global'],
    ['routes', 'explain', 'echo'],
    ['alerts', 'silence', 'counter'],
    ['alerts', 'silence', 'yet-to-come*'],
    ['alerts', 'silence', 'subsystem=yet-to-come'],
  ])
    expect([words, own.cli(...words)]).toMatchObject([words, { status: 0 }]);

  await own.until(
    'something to be kept of it',
    () => own.cli('history', 'counter', '--json').stdout.length > 5,
  );
  const file = join(own.folder, 'dreamnet.yaml');
  const fleet = JSON.parse(readFileSync(file, 'utf8'));
  delete fleet.agents.counter;
  writeFileSync(file, JSON.stringify(fleet));
  expect(own.cli('apply').status).toBe(0);
  await own.until('it to be gone', () => !own.cli('ps').stdout.includes('counter'));
  for (const words of [
    ['history', 'counter'],
    ['alerts', '--subsystem', 'counter'],
  ])
    expect([words, own.cli(...words)]).toMatchObject([words, { status: 0 }]);
});
