import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BIN, prepareStandIn, type StandIn, type Told } from './stand-in.js';

/** Installed with Debian's prometheus-alertmanager and prometheus; not everybody has them. */
const has = (tool: string) => spawnSync(tool, ['--version']).error === undefined;

let told: Told[];
let onTold: () => void;
let standIn: StandIn;

beforeEach(async () => {
  told = [];
  onTold = () => undefined;
  standIn = await prepareStandIn((message, response) => {
    told.push(message);
    response.end();
    onTold();
  }, 's3cret');
});

afterEach(() => standIn.remove());

const start = (...more: string[]) => standIn.start(...more);
const end = () => standIn.end('SIGTERM');

async function untilTold(count: number): Promise<void> {
  await new Promise<void>((resolve) => {
    onTold = () => told.length >= count && resolve();
    onTold();
  });
}

const post = (url: string, body: unknown) =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

test('stand-alone: an alert posted is a webhook received, and its end is another', async () => {
  const url = await start();
  await post(`${url}/api/v2/alerts`, [{ labels: { alertname: 'Down' } }]);
  await untilTold(1);
  await post(`${url}/api/v2/alerts`, [{ labels: { alertname: 'Down' }, endsAt: new Date().toISOString() }]);
  await untilTold(2);
  expect(told.map(({ status, alerts }) => [status, alerts[0]?.labels])).toEqual([
    ['firing', { alertname: 'Down' }],
    ['resolved', { alertname: 'Down' }],
  ]);
  expect(await end()).toBe(0);
});

test('stand-alone: after a start nobody is told before the start delay is over', async () => {
  const url = await start('--dispatch.start-delay', '1s');
  await post(`${url}/api/v2/alerts`, [{ labels: { alertname: 'Down' } }]);
  await untilTold(1);
  const toldAt = Date.now();
  const { uptime } = (await (await fetch(`${url}/api/v2/status`)).json()) as { uptime: string };
  expect(toldAt - Date.parse(uptime)).toBeGreaterThanOrEqual(1000);
});

test.for([
  ['--alertmanager-config', 'am.yml', "'soon' is not a duration such as 30s"],
  ['--file', 'dreamnet.yaml', '--dispatch.start-delay goes with --alertmanager-config'],
] as const)('stand-alone: a start delay that means nothing is refused (%s)', ([option, file, why]) => {
  const args = [BIN, 'up', option, file, '--port', '0', '--state', 'state', '--dispatch.start-delay', 'soon'];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: standIn.folder, encoding: 'utf8' });
  expect([status, stderr]).toEqual([2, expect.stringContaining(why)]);
});

test('stand-alone: silences outlive the program', async () => {
  const first = await start();
  const now = Date.now();
  await post(`${first}/api/v2/silences`, {
    matchers: [{ name: 'node', value: 'n1', isRegex: false }],
    startsAt: new Date(now).toISOString(),
    endsAt: new Date(now + 3_600_000).toISOString(),
    createdBy: 'me',
    comment: 'c',
  });
  await end();
  const second = await start();
  const silences = await (await fetch(`${second}/api/v2/silences`)).json();
  expect(silences).toMatchObject([{ status: { state: 'active' }, createdBy: 'me' }]);
});

test('stand-alone: a reload takes the file over; a wrong file changes nothing and is told with its place', async () => {
  const url = await start();
  const names = async () => (await (await fetch(`${url}/api/v2/receivers`)).json()) as unknown;
  standIn.writeConfig('other');
  expect((await post(`${url}/-/reload`, {})).status).toBe(200);
  expect(await names()).toEqual([{ name: 'other' }]);
  writeFileSync(join(standIn.folder, 'am.yml'), 'route: { receiver: nobody }\n');
  const refused = await post(`${url}/-/reload`, {});
  expect(refused.status).toBe(500);
  expect(await refused.text()).toContain("am.yml:1:20: the receiver 'nobody'");
  expect(await names()).toEqual([{ name: 'other' }]);
  const { config } = (await (await fetch(`${url}/api/v2/status`)).json()) as { config: { original: string } };
  expect(config.original).not.toContain('s3cret');
});

test('stand-alone: a file that is not supported ends the start with 2', () => {
  writeFileSync(join(standIn.folder, 'am.yml'), "templates: [ 'x.tmpl' ]\n");
  const args = [BIN, 'up', '--alertmanager-config', 'am.yml', '--port', '0', '--state', 'state'];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: standIn.folder, encoding: 'utf8' });
  expect([status, stderr]).toEqual([
    2,
    expect.stringContaining("DN_ALERTMANAGER_NOT_SUPPORTED: am.yml:1:1: 'templates'"),
  ]);
});

test('stand-alone: amtool works', async ({ skip }) => {
  skip(!has('amtool'), 'amtool is not on the PATH');
  const url = await start();
  const amtool = (...args: string[]) =>
    new Promise<{ status: number | null; out: string }>((resolve) => {
      const child = spawn('amtool', [`--alertmanager.url=${url}`, ...args]);
      let out = '';
      child.stdout.on('data', (chunk) => {
        out += chunk;
      });
      child.once('close', (status) => resolve({ status, out: out.trim() }));
    });
  expect((await amtool('alert', 'add', 'alertname=Down', 'node=n1', '--annotation=summary=x')).status).toBe(
    0,
  );
  expect((await amtool('alert', 'query', 'node=~"n.*"', '-o', 'extended')).out).toContain(
    'alertname="Down" node="n1"',
  );
  const added = await amtool('silence', 'add', 'node=n1', '-c', 'work', '-a', 'me', '-d', '1h');
  expect(added.status).toBe(0);
  expect((await amtool('silence', 'query', '-q')).out).toBe(added.out);
  expect((await amtool('alert', 'query', '--silenced', '-o', 'extended')).out).toContain('suppressed');
  expect((await amtool('silence', 'update', '-d', '2h', added.out)).status).toBe(0);
  expect((await amtool('silence', 'expire', added.out)).status).toBe(0);
  expect((await amtool('silence', 'query', '-q')).out).toBe('');
  expect((await amtool('config', 'show')).out).toContain('receiver: hook');
  expect((await amtool('config', 'routes', 'test', 'alertname=x')).out).toBe('hook');
  expect((await amtool('cluster', 'show')).out).toContain('disabled');
});

test('stand-alone: promtool finds nothing wrong with /metrics', async ({ skip }) => {
  skip(!has('promtool'), 'promtool is not on the PATH');
  const url = await start();
  await post(`${url}/api/v2/alerts`, [{ labels: { alertname: 'Down' } }]);
  await untilTold(1);
  const input = await (await fetch(`${url}/metrics`)).text();
  expect(input).toContain('alertmanager_alerts_received_total{status="firing",version="v2"} 1\n');
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input,
    encoding: 'utf8',
  });
  expect([status, stdout, stderr]).toEqual([0, '', '']);
});
