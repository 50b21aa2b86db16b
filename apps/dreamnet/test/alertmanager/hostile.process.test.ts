import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { prepareStandIn, type StandIn } from './stand-in.js';

/** Half of what a hundred thousand alerts take: bad input must not come near it. */
const MEMORY_LIMIT_MB = 400;
const SECRET = 's3cret-hook-path';

let standIn: StandIn;
let url: string;
/** What the receiver does with the next messages: by its status, or never. */
let status = 200;
const told: string[] = [];
let onTold: () => void = () => undefined;

beforeAll(async () => {
  standIn = await prepareStandIn(({ alerts }, response) => {
    response.writeHead(status).end(`answer with ${SECRET}`);
    if (status !== 200) return;
    told.push(...alerts.map(({ labels }) => labels.alertname ?? ''));
    onTold();
  }, SECRET);
  url = await standIn.start();
});
afterAll(() => standIn.remove());

const send = (body: string | Buffer, path = '/api/v2/alerts') =>
  fetch(`${url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
const post = (...alerts: object[]) => send(JSON.stringify(alerts));
const residentMb = () =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${standIn.pid()}/status`, 'utf8'))?.[1]) / 1024;

/** An alert that is posted now is heard of. */
async function stillTells(name: string): Promise<void> {
  const heard = new Promise<void>((resolve) => {
    onTold = () => told.includes(name) && resolve();
  });
  expect((await post({ labels: { alertname: name } })).status).toBe(200);
  await heard;
}

const REFUSED: readonly (readonly [rule: string, body: string | Buffer])[] = [
  ['a body that is cut off', '[{"labels":{"alertname":"a"}'],
  ['no list', '{"labels":{"alertname":"a"}}'],
  ['a list of numbers', '[1,2,3]'],
  ['a label that is a number', '[{"labels":{"alertname":1}}]'],
  ['labels that are a list', '[{"labels":["a"]}]'],
  ['no label with a value', '[{"labels":{"alertname":""}}]'],
  ['a time that is none', '[{"labels":{"alertname":"a"},"startsAt":"yesterday"}]'],
  [
    'an end before its start',
    '[{"labels":{"a":"b"},"startsAt":"2026-01-02T00:00:00Z","endsAt":"2026-01-01T00:00:00Z"}]',
  ],
  ['half of a character', '[{"labels":{"alertname":"\\ud800"}}]'],
  ['lists within lists, 100,000 deep', '['.repeat(100_000)],
  ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00, 0x80])],
];

for (const [rule, body] of REFUSED)
  test(`hostile sender: ${rule} is refused with a reason`, async () => {
    const answer = await send(body);
    expect([400, 422]).toContain(answer.status);
    expect((await answer.text()).length).toBeGreaterThan(10);
  });

test('hostile sender: reloads at the same time as alerts, of a changed file, too, lose none', async () => {
  const wanted = Array.from({ length: 50 }, (_, index) => `reload ${index}`);
  const all = new Promise<void>((resolve) => {
    onTold = () => wanted.every((name) => told.includes(name)) && resolve();
  });
  const file = join(standIn.folder, 'am.yml');
  const text = readFileSync(file, 'utf8');
  for (const round of [0, 1, 2, 3, 4]) {
    writeFileSync(file, `# ${round}\n${text}`);
    await Promise.all(
      wanted
        .slice(round * 10, round * 10 + 10)
        .flatMap((alertname) => [send('', '/-/reload'), post({ labels: { alertname } })]),
    );
  }
  onTold();
  await all;
  expect(told.filter((name) => name === 'reload 0')).toHaveLength(1);
});

test('hostile sender: what is too large is refused, what is large is borne, and others go on being told', async () => {
  expect((await send(Buffer.alloc(65 * 1024 * 1024, 32))).status).toBe(413);
  await post({ labels: { alertname: 'huge', text: 'x'.repeat(10 * 1024 * 1024) } });
  const names = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`name_${index}`, 'v']));
  await post({ labels: { alertname: 'wide', ...names } });
  await post({ labels: { alertname: 'proto', __proto__: 'x', constructor: 'y' } });
  await stillTells('after the large ones');
});

test('hostile sender: bodies that never end hold nobody up', async () => {
  const { hostname, port } = new URL(url);
  const head = `POST /api/v2/alerts HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: application/json\r\nContent-Length: 60000000\r\n\r\n[`;
  const sockets = Array.from({ length: 200 }, () =>
    connect(Number(port), hostname).on('error', () => undefined),
  );
  for (const socket of sockets) socket.write(head);
  // Together they would take 12 GB: all but the first are refused before they are read.
  const answers = sockets
    .slice(1)
    .map(
      (socket) => new Promise<string>((resolve) => socket.once('data', (chunk) => resolve(String(chunk)))),
    );
  expect((await Promise.race(answers)).slice(0, 12)).toBe('HTTP/1.1 503');
  for (const socket of sockets) socket.destroy();
  await stillTells('beside slow senders');
});

test('broken receiver: it is tried again, the failure is seen, nothing is lost and no secret shown', async () => {
  status = 500;
  await post({ labels: { alertname: 'patient' } });
  const retried = async () =>
    Number(/_retries_total\{[^}]*\} (\d+)/.exec(await (await fetch(`${url}/metrics`)).text())?.[1] ?? 0);
  // There is no event to wait for from outside: the figures are asked.
  while ((await retried()) === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  const heard = new Promise<void>((resolve) => {
    onTold = () => told.includes('patient') && resolve();
  });
  status = 200;
  await heard;
  expect(standIn.errors()).toContain('notification.failed hook/webhook[0]');
  expect(standIn.errors()).toContain('500');
  const shown = standIn.errors() + (await (await fetch(`${url}/api/v2/status`)).text());
  expect(shown).not.toContain(SECRET);
});

test('hostile sender: after all of it memory is as it should be', () => {
  expect(residentMb()).toBeLessThan(MEMORY_LIMIT_MB);
});
