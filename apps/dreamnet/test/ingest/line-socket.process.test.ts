import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { HealthReport, HeartbeatOutcome } from '@dreamnet/contracts';
import { systemClock } from '@dreamnet/kit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLineSocket, type LineSocket } from '../../src/ingest/line-socket.js';
import { createNameBook } from '../../src/ingest/name-book.js';
import { PlainReportReader } from '../../src/ingest/plain-report.js';
import { createRateLimit } from '../../src/ingest/rate-limit.js';
import { createReportDesk } from '../../src/ingest/report-desk.js';

const clock = systemClock();
let folder: string;
let opened: LineSocket[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dn-'));
  opened = [];
});
afterEach(async () => {
  for (const socket of opened) await socket.close();
  rmSync(folder, { recursive: true });
});

async function open(path: string, keep?: (bytes: Uint8Array) => Promise<void>) {
  const taken: HealthReport[] = [];
  const kept: unknown[] = [];
  const heartbeat = (report: HealthReport): HeartbeatOutcome => {
    if (report.subsystem === 'nobody') return { accepted: false, because: 'unknown_subsystem' };
    taken.push({ ...report });
    return { accepted: true };
  };
  const desk = createReportDesk({ heartbeat, rate: createRateLimit(clock, 1_000_000) });
  const journal = {
    keep:
      keep ??
      (async (bytes: Uint8Array) => {
        kept.push(...(JSON.parse(`[${Buffer.from(bytes).toString()}]`) as unknown[]));
      }),
  };
  const socket = createLineSocket(path, {
    clock,
    desk,
    reader: new PlainReportReader(createNameBook()),
    journal,
  });
  opened.push(socket);
  await socket.listen();
  return { taken, kept, desk };
}

/** Sends, closes its own half, and answers all lines that came back. */
function send(path: string, parts: readonly (string | Buffer)[]): Promise<Record<string, unknown>[]> {
  return new Promise((resolve, reject) => {
    const client = connect({ path, allowHalfOpen: true });
    let text = '';
    client.on('data', (part) => {
      text += part;
    });
    client.on('end', () => {
      client.end();
      resolve(
        text
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line)),
      );
    });
    client.on('error', reject);
    for (const part of parts) client.write(part);
    client.end();
  });
}

const report = (subsystem: string, more: object = {}) => JSON.stringify({ subsystem, status: 'ok', ...more });

test('line socket: every line is taken, kept and acknowledged, wherever the stream is cut', async () => {
  const path = join(folder, 'ingest.sock');
  const { taken, kept } = await open(path);
  const lines = Array.from({ length: 5000 }, (_, index) => report(`s${index}`, { details: 'grüße' }));
  const bytes = Buffer.from(`${lines.join('\n')}\n`);
  const parts = [];
  for (let at = 0; at < bytes.length; at += 7919) parts.push(bytes.subarray(at, at + 7919));
  const answers = await send(path, parts);
  expect(answers.at(-1)).toEqual({ acked: 5000, stale: 0, refused: 0, lost: 0, end: true });
  expect(taken.map(({ subsystem }) => subsystem)).toEqual(lines.map((_, index) => `s${index}`));
  expect(kept).toEqual(lines.map((line) => JSON.parse(line)));
});

test('line socket: a bad line is refused with its number and its neighbours are kept', async () => {
  const path = join(folder, 'ingest.sock');
  const { kept, desk } = await open(path);
  const lines = [report('a'), '{"subsystem":', report('nobody'), '', report('b', { seq: -1 }), report('c')];
  const answers = await send(path, [`${lines.join('\n')}\n`]);
  const errors = answers.flatMap(
    (answer) => (answer.errors ?? []) as { line: number; error: { code: string } }[],
  );
  expect(errors.map(({ line, error }) => [line, error.code])).toEqual([
    [2, 'DN_REPORT_NOT_JSON'],
    [3, 'DN_REPORT_UNKNOWN'],
    [5, 'DN_REPORT_INVALID'],
  ]);
  expect(answers.at(-1)).toMatchObject({ acked: 6, refused: 3 });
  expect(kept).toEqual([JSON.parse(report('a')), JSON.parse(report('c'))]);
  expect(desk.counts).toMatchObject({ accepted: 2, invalid: 2, unknown: 1 });
});

test('line socket: two halves of a report on two lines are not taken for one', async () => {
  const path = join(folder, 'ingest.sock');
  const { kept } = await open(path);
  const answers = await send(path, ['{"subsystem":"a"\n"status":"ok"}\n']);
  expect(answers.at(-1)).toMatchObject({ acked: 2, refused: 2 });
  expect(kept).toEqual([]);
});

test('line socket: half a line at the end is dropped and counted', async () => {
  const path = join(folder, 'ingest.sock');
  const { kept, desk } = await open(path);
  const answers = await send(path, [`${report('a')}\n${report('b').slice(0, 10)}`]);
  expect(answers.at(-1)).toMatchObject({ acked: 2, refused: 1, end: true });
  expect(kept).toHaveLength(1);
  expect(desk.counts.invalid).toBe(1);
});

test('line socket: a line longer than the limit is refused without being held, the next one is taken', async () => {
  const path = join(folder, 'ingest.sock');
  const { kept } = await open(path);
  const long = Buffer.alloc(3_000_000, 0x20);
  const answers = await send(path, [`${report('a')}\n`, long, `\n${report('b')}\n`]);
  const errors = answers.flatMap((answer) => (answer.errors ?? []) as { error: { code: string } }[]);
  expect(errors.map(({ error }) => error.code)).toEqual(['DN_REPORT_TOO_LONG']);
  expect(answers.at(-1)).toMatchObject({ acked: 3, refused: 1 });
  expect(kept).toHaveLength(2);
});

test('line socket: what the disk does not take is told as lost and not as kept', async () => {
  const path = join(folder, 'ingest.sock');
  await open(path, () => Promise.reject(new TypeError('no space')));
  const answers = await send(path, [`${report('a')}\n`]);
  expect(answers.at(-1)).toMatchObject({ acked: 1, lost: 1 });
});

test('line socket: nothing is acknowledged before it is kept', async () => {
  const path = join(folder, 'ingest.sock');
  let finish: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => {
    void open(path, () => {
      resolve();
      return new Promise((settle) => {
        finish = settle;
      });
    });
  });
  while (statSync(path, { throwIfNoEntry: false }) === undefined)
    await new Promise((next) => setImmediate(next));
  let isAnswered = false;
  const answered = send(path, [`${report('a')}\n`]).then((answers) => {
    isAnswered = true;
    return answers;
  });
  await begun;
  for (let turn = 0; turn < 20; turn += 1) await new Promise((next) => setImmediate(next));
  expect(isAnswered).toBe(false);
  finish();
  expect((await answered).at(-1)).toMatchObject({ acked: 1, lost: 0 });
});

test('line socket: only its owner may open it, one left over is replaced, another file is not', async () => {
  const path = join(folder, 'ingest.sock');
  await open(path);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  // As after a kill -9: the file is there and nobody listens.
  const again = await open(path);
  await send(path, [`${report('a')}\n`]);
  expect(again.taken).toHaveLength(1);
  const file = join(folder, 'file.sock');
  writeFileSync(file, 'precious');
  await expect(open(file)).rejects.toMatchObject({ code: 'DN_INGEST_SOCKET' });
  opened.pop();
});

test('line socket: a path too long for the kernel works where folders can be named by descriptor', async ({
  skip,
}) => {
  skip(process.platform !== 'linux', 'needs /proc/self/fd');
  const deep = join(folder, 'x'.repeat(120));
  mkdirSync(deep);
  const { taken } = await open(join(deep, 'ingest.sock'));
  const before = process.cwd();
  // A client with a long path uses a relative one.
  process.chdir(dirname(join(deep, 'ingest.sock')));
  try {
    await send(basename('ingest.sock'), [`${report('a')}\n`]);
  } finally {
    process.chdir(before);
  }
  expect(taken).toHaveLength(1);
});

test('line socket: connections that never say anything give way to those that do, the oldest first', async () => {
  const path = join(folder, 'ingest.sock');
  const { taken } = await open(path);
  const idle: Socket[] = [];
  const closed: number[] = [];
  let onThreeClosed: () => void = () => undefined;
  const threeClosed = new Promise<void>((resolve) => {
    onThreeClosed = resolve;
  });
  const hold = (index: number, first: string) =>
    new Promise<Socket>((resolve, reject) => {
      const client = connect(path).resume();
      client.on('error', reject);
      client.on('close', () => {
        closed.push(index);
        if (closed.length === 3) onThreeClosed();
      });
      if (first === '') client.on('connect', () => resolve(client));
      else client.write(first, () => client.once('data', () => resolve(client)));
    });
  try {
    idle.push(await hold(0, `${report('talker')}\n`));
    for (let index = 1; index < 256; index += 1) idle.push(await hold(index, ''));
    for (let n = 0; n < 3; n += 1) idle.push(await hold(256 + n, `${report(`late${n}`)}\n`));
    expect(taken.map(({ subsystem }) => subsystem)).toEqual(['talker', 'late0', 'late1', 'late2']);
    await threeClosed;
    expect(closed.sort()).toEqual([1, 2, 3]);
  } finally {
    for (const client of idle) client.destroy();
  }
});
