import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DaemonProcess, prepareDaemon } from './daemon-process.js';

const SECRET = 's3cret-path-of-the-hook';
/** Installed with Debian's prometheus-alertmanager and prometheus; not everybody has them. */
const has = (tool: string) => spawnSync(tool, ['--version']).error === undefined;

let daemon: DaemonProcess;
let receiver: Server;
const told: { status: string; alerts: { labels: Record<string, string> }[] }[] = [];

beforeAll(async () => {
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      told.push(JSON.parse(Buffer.concat(chunks).toString()));
      response.end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const { port } = receiver.address() as AddressInfo;
  daemon = prepareDaemon({
    agents: { a: { runtime: 'custom', command: ['sh', '-c', 'while :; do sleep 1; done'] } },
    alerts: {
      receivers: [
        { name: 'hook', webhook: { url: `http://127.0.0.1:${port}/${SECRET}` } },
        { name: 'night', webhook: { url: `http://127.0.0.1:${port}/${SECRET}` } },
      ],
      defaults: { receiver: 'hook', groupWait: '0s' },
      timeIntervals: {
        nights: [{ times: ['22:00-24:00'], weekdays: ['monday:friday'], location: 'Europe/Berlin' }],
      },
      routes: [{ receiver: 'night', match: ['team="night"'], active: ['nights'] }],
    },
  });
  await daemon.up();
});
afterAll(async () => {
  await daemon?.remove();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});

const tokenOf = (role: string) => readFileSync(join(daemon.stateDir, 'tokens', role), 'utf8').trim();

/** As a Prometheus with `authorization:` in its `alerting:` block. */
const ask = (role: string | undefined, path: string, body?: unknown) =>
  fetch(`${daemon.access().url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      ...(role !== undefined && { authorization: `Bearer ${tokenOf(role)}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });

test("Alertmanager's API: alerts of a Prometheus reach the fleet's receivers, and are alerts of the fleet", async () => {
  const posted = await ask('operator', '/api/v2/alerts', [
    { labels: { alertname: 'DiskFull', job: 'node', severity: 'warning' } },
  ]);
  expect(posted.status).toBe(200);
  await daemon.until('the webhook', () => told.length > 0);
  expect(told[0]).toMatchObject({ status: 'firing', alerts: [{ labels: { alertname: 'DiskFull' } }] });
  expect(daemon.cli('alerts').stdout).toContain('DiskFull');
  expect(await (await ask('viewer', '/api/v2/alerts')).json()).toMatchObject([
    { labels: { alertname: 'DiskFull' }, receivers: [{ name: 'hook' }], status: { state: 'active' } },
  ]);
});

test("Alertmanager's API: nobody looks without a token, and a viewer changes nothing", async () => {
  const answers = [
    await ask(undefined, '/api/v2/alerts'),
    await ask(undefined, '/api/v2/alerts', []),
    await ask('viewer', '/api/v2/alerts', []),
    await ask('viewer', '/-/reload', {}),
    await ask(undefined, '/-/healthy'),
  ];
  expect(answers.map(({ status }) => status)).toEqual([401, 401, 403, 403, 200]);
});

test("Alertmanager's API: what is shown of the configuration has no secret", async () => {
  const status = await (await ask('viewer', '/api/v2/status')).text();
  expect(status).toContain('receiver: hook');
  expect(status).not.toContain(SECRET);
});

test('metrics: promtool finds nothing wrong with the daemon', async ({ skip }) => {
  skip(!has('promtool'), 'promtool is not on the PATH');
  const input = await (await ask('viewer', '/metrics')).text();
  expect(input).toContain(
    'dreamnet_notifications_total{receiver_name="hook",integration="webhook",index="0"}',
  );
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
  expect([status, stdout, stderr]).toEqual([0, '', '']);
});

test('amtool: works with a token', async ({ skip }) => {
  skip(!has('amtool'), 'amtool is not on the PATH');
  const file = join(daemon.folder, 'amtool-http.yml');
  writeFileSync(file, `authorization: { credentials: '${tokenOf('operator')}' }\n`, { mode: 0o600 });
  const amtool = (...args: string[]) =>
    new Promise<string>((resolve) => {
      const child = spawn('amtool', [
        `--alertmanager.url=${daemon.access().url}`,
        `--http.config.file=${file}`,
        ...args,
      ]);
      let out = '';
      child.stdout.on('data', (chunk) => {
        out += chunk;
      });
      child.once('close', () => resolve(out.trim()));
    });
  const id = await amtool('silence', 'add', 'job=node', '-c', 'work', '-a', 'me', '-d', '1h');
  expect(await amtool('silence', 'query', '-q')).toBe(id);
  expect(await amtool('silence', 'expire', id)).toBe('');
  expect(await amtool('config', 'routes', 'test', 'team=night')).toBe('night');
  expect(await amtool('config', 'routes', 'test', 'team=day')).toBe('hook');
});
