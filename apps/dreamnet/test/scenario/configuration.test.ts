import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DoctorCheck } from '../../src/http/views.js';
import { runCli } from './daemon-process.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dreamnet-scenario-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function up(text: string) {
  writeFileSync(join(folder, 'dreamnet.yaml'), text);
  return runCli(['up', '-f', join(folder, 'dreamnet.yaml'), '--state', join(folder, 'state'), '--port', '0']);
}

const STARTED = 'started.txt';
const agent = (name: string) =>
  `  ${name}: { runtime: custom, command: [sh, -c, 'echo x > ${STARTED}; sleep 60'] }\n`;

test('up: an unknown key ends with 2, says where, and starts nothing', () => {
  const run = up(`version: 1\nagents:\n${agent('a')}typo: 1\n`);
  expect(run.status).toBe(2);
  expect(run.stderr).toContain('DN_CONFIG_UNKNOWN_KEY');
  expect(run.stderr).toContain('dreamnet.yaml:4:1');
  expect(readdirSync(folder)).toEqual(['dreamnet.yaml']);
});

test('up: a file that is not there ends with 2 and says what to do', () => {
  const run = runCli(['up', '-f', join(folder, 'none.yaml'), '--state', join(folder, 'state')]);
  expect(run.status).toBe(2);
  expect(run.stderr).toContain('dreamnet init');
});

test('up: an agent’s port in use ends with 2, says where, by whom, and starts nothing', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const text = `version: 1\nagents:\n${agent('a')}  b: { runtime: custom, protocol: http, command: [sleep, '60'], endpoint: 'http://127.0.0.1:${port}' }\n`;
  const run = up(text);
  await new Promise((resolve) => server.close(resolve));
  expect(run.status).toBe(2);
  expect(run.stderr).toContain('DN_CONFIG_PORT_IN_USE');
  expect(run.stderr).toMatch(/dreamnet\.yaml:4:\d+/);
  expect(run.stderr).toContain(`pid ${process.pid}`);
  expect(readdirSync(folder)).not.toContain(STARTED);
});

test('commands: without a daemon they say so and how to start one; wrong usage ends with 2', () => {
  const state = join(folder, 'state');
  const away = runCli(['ps', '--state', state, '--url', 'http://127.0.0.1:9']);
  expect(away.status).toBe(1);
  expect(away.stderr).toContain('dreamnet up');
  expect(runCli(['no-such-verb']).status).toBe(2);
  expect(runCli(['describe', '--state', state]).status).toBe(2);
  expect(readdirSync(folder)).toEqual([]);
});

test('commands: with --json an error is JSON on standard output, with its code', () => {
  const run = runCli(['ps', '--json', '--state', join(folder, 'state'), '--url', 'http://127.0.0.1:9']);
  expect(JSON.parse(run.stdout)).toMatchObject({ error: { code: 'DN_CLI_NO_DAEMON', retryable: true } });
});

test('doctor: a fleet file that is wrong is found without a daemon, with the place, and nothing is started or made', () => {
  const file = join(folder, 'dreamnet.yaml');
  const doctor = () =>
    runCli(['doctor', '-f', file, '--json', '--state', join(folder, 'state'), '--url', 'http://127.0.0.1:9']);
  const checkOf = (run: { stdout: string }) =>
    (JSON.parse(run.stdout) as DoctorCheck[]).find(({ check }) => check === 'fleet file');
  writeFileSync(file, 'version: 1\nagents:\n  a: { runtime: custom, comand: [sh] }\n');
  const wrong = doctor();
  expect(wrong.status).toBe(1);
  expect(checkOf(wrong)).toMatchObject({
    isOk: false,
    details: expect.stringMatching(/dreamnet\.yaml:3:\d+/),
  });
  writeFileSync(file, 'version: 1\nagents:\n  a: { runtime: custom, command: [sh] }\n');
  expect(checkOf(doctor())).toMatchObject({ isOk: true });
  expect(readdirSync(folder)).toEqual(['dreamnet.yaml']);
});
