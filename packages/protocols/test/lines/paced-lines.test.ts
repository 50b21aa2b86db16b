import { PassThrough, Readable } from 'node:stream';
import { setImmediate as nextLoop } from 'node:timers/promises';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { type LineWas, readPacedLines } from '../../src/lines/paced-lines.js';

function read(stream: Readable, was: (line: string) => LineWas = () => 'message') {
  const clock = createFakeClock();
  const got = { lines: [] as string[], others: 0, oversized: 0, held: 0, end: -1 };
  const lines = readPacedLines(stream, {
    clock,
    limitBytes: 1000,
    onLine: (line) => {
      got.lines.push(line);
      return was(line);
    },
    onOther: () => {
      got.others += 1;
    },
    onOversized: () => {
      got.oversized += 1;
    },
    onHeld: () => {
      got.held += 1;
    },
    onEnd: (unfinished) => {
      got.end = unfinished;
    },
  });
  return { clock, got, lines };
}

const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn += 1) await nextLoop();
};

test('lines: what may be a message is told, what cannot be one is counted and shown, blanks are neither', async () => {
  const { got, lines } = read(
    Readable.from([Buffer.from('  {"a":1} \r\n\n \t\nDEBUG x\n[1]\r\n\uFEFF{}\ny')]),
  );
  await turns(20);
  expect(got).toMatchObject({ lines: ['{"a":1}', '[1]', '{}'], others: 1, end: 1 });
  expect(lines.noise()).toBe('');
});

test('lines: one cut into pieces is whole again, and one that is too long is passed over', async () => {
  const stream = new PassThrough();
  const { got } = read(stream);
  for (const byte of Buffer.from('{"ü":1}\nxyz\n')) stream.write(Buffer.of(byte));
  stream.write(`{${'x'.repeat(999)}\n{${'x'.repeat(1000)}\n`);
  for (let part = 0; part < 12; part += 1) stream.write(`{${'x'.repeat(100)}`);
  stream.end('\n{}\n{');
  await turns(60);
  expect(got).toMatchObject({ others: 1, oversized: 2, end: 1 });
  expect(got.lines.map((line) => line.length)).toEqual([7, 1000, 2]);
});

test('turns: what was written at once is read in several, the stream paused in between', async () => {
  const stream = new PassThrough({ highWaterMark: 1 });
  const { got } = read(stream);
  stream.write('y\n'.repeat(50_000));
  const seen: number[] = [];
  while (got.others < 50_000) {
    await nextLoop();
    if (got.others < 50_000 && got.others > 0) expect(stream.isPaused()).toBe(true);
    seen.push(got.others);
  }
  expect(new Set(seen).size).toBeGreaterThan(2);
  await turns(3);
  expect(stream.isPaused()).toBe(false);
});

test('allowance: a burst of 10,000 notifications passes at once; a flood of lines is held and read slowly', async () => {
  const burst = new PassThrough();
  const { got, clock } = read(burst);
  for (let part = 0; part < 10_000; part += 1) burst.write('{"jsonrpc":"2.0","method":"m"}\n');
  while (got.lines.length < 10_000 && got.held === 0) await nextLoop();
  expect(got).toMatchObject({ held: 0 });
  const flood = 'y\n'.repeat(150_000);
  burst.write(flood);
  while (got.held === 0) await nextLoop();
  expect(burst.isPaused()).toBe(true);
  const before = got.others;
  await turns(10);
  expect(got.others).toBe(before);
  await clock.advance(1000);
  await turns(10);
  expect(got.others - before).toBeGreaterThan(10_000);
  expect(got.others - before).toBeLessThan(40_000);
});

test('allowance: it is the stream’s; who reads it anew does not get another, but a little for each question', async () => {
  const stream = new PassThrough();
  const first = read(stream);
  stream.write('y\n'.repeat(300_000));
  while (first.got.held === 0) await nextLoop();
  expect(first.lines.noise()).toMatch(/^\d+ lines such as "y"$/);
  first.lines.stop();
  expect(stream.isPaused()).toBe(true);
  stream.write('y\n'.repeat(300_000));
  const second = read(stream);
  while (second.got.held === 0) await nextLoop();
  expect(second.got.others).toBeLessThan(10);
  second.lines.asked();
  await second.clock.advance(50);
  await turns(60);
  expect(second.got.others).toBeGreaterThan(49_000);
  expect(second.got.others).toBeLessThan(60_000);
});

test('allowance: answers that were waited for are not counted against it', async () => {
  const stream = new PassThrough();
  const { got } = read(stream, () => 'answer');
  const line = `{"x":"${'x'.repeat(900)}"}\n`;
  for (let part = 0; part < 30_000; part += 1) stream.write(line);
  while (got.lines.length < 30_000 && got.held === 0) await nextLoop();
  expect(got).toMatchObject({ held: 0 });
});

test('stop: nothing is told any more and no timer is left', async () => {
  const stream = new PassThrough();
  const { got, clock, lines } = read(stream);
  stream.write('y\n'.repeat(200_000));
  while (got.held === 0) await nextLoop();
  expect(clock.pendingTimers).toBe(1);
  lines.stop();
  lines.stop();
  expect(clock.pendingTimers).toBe(0);
  const before = got.others;
  await clock.advance(1000);
  await turns(5);
  expect(got.others).toBe(before);
});
