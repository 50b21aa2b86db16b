import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { createFakeClock } from '@dreamnet/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { joinPieces } from '../../src/http/joined-body.js';
import { type ReportServer, startReportServer } from './report-server.js';

const MIB = 1024 * 1024;
let server: ReportServer;
beforeEach(async () => {
  server = await startReportServer(() => ({ role: 'admin' }));
});
afterEach(() => server.close());

interface Sent {
  path: string;
  body: string | Buffer;
  headers?: Record<string, string>;
}

function send({ path, body, headers = {} }: Sent): Promise<{ status: number; text: string }> {
  const agent = new Agent();
  return new Promise((resolve, reject) => {
    const all = { authorization: 'Bearer x', 'content-type': 'application/json', ...headers };
    const outgoing = request(new URL(path, server.url), { method: 'POST', headers: all, agent }, (answer) => {
      let text = '';
      answer.on('data', (part) => {
        text += part;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

const report = (more: object = {}) => JSON.stringify({ subsystem: 'a', status: 'ok', ...more });

for (const [form, headers] of [
  ['of a stated length', {}],
  ['of an unknown length', { 'transfer-encoding': 'chunked' }],
] as const)
  test(`hostile bodies: a heartbeat of 10 MB ${form} is refused with its code, and its sender can read that`, async () => {
    const body = report({ details: 'x'.repeat(10 * MIB) });
    const answer = await send({ path: '/api/heartbeats', body, headers });
    expect([answer.status, JSON.parse(answer.text).error.code]).toEqual([413, 'DN_API_TOO_LARGE']);
    expect(server.taken).toEqual([]);
    expect((await send({ path: '/api/heartbeats', body: report() })).status).toBe(202);
  });

const PROTOBUF = { 'content-type': 'application/x-protobuf' };
const GZIP = { 'content-encoding': 'gzip' };
/** Field 1 of the request, with nothing in it. */
const EMPTY_RESOURCE = Buffer.from([0x0a, 0]);

const BOMBS: readonly { rule: string; body: () => Buffer; headers: Record<string, string>; code: string }[] =
  [
    {
      rule: 'zeros packed by gzip that unfold past the limit',
      body: () => gzipSync(Buffer.alloc(64 * MIB)),
      headers: { ...PROTOBUF, ...GZIP },
      code: 'DN_API_TOO_LARGE',
    },
    {
      rule: 'millions of empty messages',
      body: () => Buffer.alloc(4 * MIB - 2, EMPTY_RESOURCE),
      headers: PROTOBUF,
      code: 'DN_API_TOO_MANY_VALUES',
    },
    {
      rule: 'more resources than a collector sends together',
      body: () => Buffer.alloc(50_000, EMPTY_RESOURCE),
      headers: PROTOBUF,
      code: 'DN_API_BAD_INPUT',
    },
    {
      rule: 'groups within groups',
      body: () => Buffer.alloc(MIB, 0x13),
      headers: PROTOBUF,
      code: 'DN_API_BAD_INPUT',
    },
    {
      rule: 'millions of empty objects in JSON',
      body: () => gzipSync(`{"resourceMetrics":[${'{},'.repeat(4 * MIB)}{}]}`),
      headers: GZIP,
      code: 'DN_API_TOO_MANY_VALUES',
    },
  ];

for (const { rule, body, headers, code } of BOMBS)
  test(`hostile bodies: OTLP: ${rule} are refused with a code and nothing of them is taken`, async () => {
    const answer = await send({ path: '/v1/metrics', body: body(), headers });
    expect(answer.text).toContain(code);
    expect(server.taken).toEqual([]);
  });

test('hostile bodies: what is too large is told with the limit of its own route', async () => {
  for (const [path, limit] of [
    ['/v1/metrics', 4 * MIB],
    ['/v1/traces', 4 * MIB],
  ] as const) {
    const answer = await send({ path, body: ' '.repeat(5 * MIB) });
    expect(answer.text).toContain(`larger than ${limit} bytes`);
  }
});

test('hostile bodies: a histogram of a million buckets is rejected, its neighbour is taken', async () => {
  const metrics = [
    {
      name: 'wide',
      histogram: { dataPoints: [{ count: '1', bucketCounts: Array.from({ length: 100_000 }, () => '1') }] },
    },
    { name: 'narrow', gauge: { dataPoints: [{ asDouble: 1 }] } },
  ];
  const body = JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });
  const answer = await send({ path: '/v1/metrics', body });
  expect(JSON.parse(answer.text).partialSuccess.rejectedDataPoints).toBe('1');
  expect(server.taken.map((one) => one.metrics)).toEqual([{ narrow: 1 }]);
});

test('hostile bodies: large ones beyond the budget are put off, and small reports pass them by', async () => {
  const held: ReturnType<typeof request>[] = [];
  const headers = { authorization: 'Bearer x', 'content-type': 'application/json', ...GZIP };
  const begun = Array.from({ length: 4 }, () => {
    const outgoing = request(new URL('/v1/metrics', server.url), {
      method: 'POST',
      headers,
      agent: new Agent(),
    });
    outgoing.on('error', () => undefined);
    outgoing.flushHeaders();
    outgoing.write('x');
    held.push(outgoing);
    return new Promise((resolve) => outgoing.on('socket', (socket) => socket.once('connect', resolve)));
  });
  await Promise.all(begun);
  // The four count once the server has read their heads: a fifth that is let in before is answered as what it is.
  let late = await send({ path: '/v1/metrics', body: gzipSync('{}'), headers: GZIP });
  for (let tries = 0; late.status === 200 && tries < 50; tries += 1)
    late = await send({ path: '/v1/metrics', body: gzipSync('{}'), headers: GZIP });
  expect([late.status, JSON.parse(late.text).error.code]).toEqual([503, 'DN_API_BUSY']);
  expect((await send({ path: '/api/heartbeats', body: report() })).status).toBe(202);
  for (const outgoing of held) outgoing.destroy();
});

test('hostile bodies: one in chunks of a byte each comes to its reader in few large pieces, whole', async () => {
  const clock = createFakeClock();
  const bytes = Buffer.alloc(90_000, 'ab');
  const source = Readable.from(
    (function* () {
      for (let at = 0; at < bytes.length; at += 1) yield bytes.subarray(at, at + 1);
    })(),
    { objectMode: true },
  );
  const pieces: Buffer[] = [];
  for await (const piece of joinPieces(source, clock)) pieces.push(piece);
  expect(pieces.length).toBeLessThanOrEqual(2);
  expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
});

test('hostile bodies: a report in chunks of a byte each is taken, one that is too long is refused, and who leaves in the middle harms nobody', async () => {
  const { port } = new URL(server.url);
  const head = (path: string) =>
    `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`;
  const inBytes = (text: string) => text.replace(/./g, '1\r\n$&\r\n');
  const answerTo = (text: string, isLeaving = false): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(Number(port), '127.0.0.1', () => socket.write(text));
      let answer = '';
      socket.on('data', (part) => {
        answer += part;
        socket.destroy();
      });
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(answer));
      if (isLeaving) setTimeout(() => socket.resetAndDestroy(), 50);
    });
  expect(await answerTo(`${head('/api/heartbeats')}${inBytes(report())}0\r\n\r\n`)).toContain(' 202 ');
  const long = `${head('/api/heartbeats')}${'1\r\na\r\n'.repeat(1000)}100001\r\n${'x'.repeat(MIB + 1)}\r\n`;
  expect(await answerTo(`${long}0\r\n\r\n`)).toContain('DN_API_TOO_LARGE');
  await answerTo(`${head('/v1/metrics')}${inBytes('{"a":')}`, true);
  await answerTo(long, true);
  expect(await answerTo(`${head('/api/heartbeats')}${inBytes(report())}0\r\n\r\n`)).toContain(' 202 ');
  expect(server.taken.length).toBe(2);
});
