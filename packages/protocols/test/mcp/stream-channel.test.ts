import { PassThrough, Writable } from 'node:stream';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createStreamChannel } from '../../src/mcp/stream-channel.js';

const WAIT = { timeoutMs: 1000 };

function setUp(stdin: Writable = new PassThrough(), lineLimitBytes = 1000) {
  const clock = createFakeClock();
  const stdout = new PassThrough();
  const channel = createStreamChannel({ stdin, stdout }, { clock, lineLimitBytes, maxPending: 10 });
  return { clock, stdin, stdout, channel };
}

/** A pipe whose reader never reads: writes are taken and never done. */
const unreadPipe = () => new Writable({ write: () => undefined });

test('close: a request still on this side of the pipe was not delivered, one beyond it may have been', async () => {
  for (const [stdin, delivered] of [
    [unreadPipe(), false],
    [new PassThrough(), true],
  ] as const) {
    const { channel, stdout, clock } = setUp(stdin);
    const request = channel.request('tools/call', {}, WAIT);
    request.catch(() => undefined);
    await clock.advance(0);
    stdout.end();
    await expect(request).rejects.toMatchObject({ code: 'DN_MCP_CLOSED', details: { delivered } });
    expect(clock.pendingTimers).toBe(0);
  }
});

test('backlog: a server that does not read is not written to without end', async () => {
  const { channel } = setUp(unreadPipe());
  const big = { text: 'x'.repeat(5 * 1024 * 1024) };
  channel.request('tools/call', big, WAIT).catch(() => undefined);
  await expect(channel.request('ping', {}, WAIT)).rejects.toMatchObject({
    code: 'DN_MCP_BUSY',
    details: { delivered: false },
  });
});

test('deadline: by the given clock; the late answer is counted; probes are not cancelled', async () => {
  const { channel, clock, stdin, stdout } = setUp();
  const request = channel.request('ping', {}, WAIT);
  request.catch(() => undefined);
  await clock.advance(999);
  expect(channel.stats().inFlight).toBe(1);
  await clock.advance(1);
  await expect(request).rejects.toMatchObject({ code: 'DN_MCP_TIMEOUT' });
  stdout.write('{"jsonrpc":"2.0","id":1,"result":{}}\n');
  await clock.advance(0);
  expect(channel.stats()).toMatchObject({ inFlight: 0, lateAnswers: 1 });
  expect(String((stdin as PassThrough).read())).toBe(
    '{"jsonrpc":"2.0","id":1,"method":"ping","params":{}}\n',
  );
});

test('era: a modern server that asks breaks its revision and is not answered; a legacy one is', async () => {
  for (const [era, answer] of [
    ['modern', null],
    ['legacy', '{"jsonrpc":"2.0","id":"q","result":{}}\n'],
  ] as const) {
    const { channel, clock, stdin, stdout } = setUp();
    channel.adopt('any', era);
    stdout.write('{"jsonrpc":"2.0","id":"q","method":"ping"}\n');
    await clock.advance(0);
    expect((stdin as PassThrough).read()?.toString() ?? null).toBe(answer);
    expect(channel.stats().garbageLines).toBe(era === 'modern' ? 1 : 0);
  }
});

test('lines: a character torn between two reads is whole again, and batches are taken apart', async () => {
  const { channel, clock, stdout } = setUp();
  const replies = [channel.request('a', {}, WAIT), channel.request('b', {}, WAIT)];
  const line = Buffer.from(
    '[{"jsonrpc":"2.0","id":1,"result":"ü"},{"jsonrpc":"2.0","id":2,"error":{"code":1,"message":"m"}}]\r\n',
  );
  for (const byte of line) stdout.write(Buffer.of(byte));
  await clock.advance(0);
  expect(await Promise.all(replies)).toEqual([
    { ok: true, result: 'ü' },
    { ok: false, error: { code: 1, message: 'm' } },
  ]);
});

test('backlog: a server that asks without end and does not read is not answered without end', async () => {
  const stdin = unreadPipe();
  const { channel, clock, stdout } = setUp(stdin);
  channel.adopt('any', 'legacy');
  const id = 'x'.repeat(900);
  for (let asked = 0; asked < 6000; asked += 1)
    stdout.write(`{"jsonrpc":"2.0","id":"${id}","method":"ping"}\n`);
  for (let turn = 0; turn < 2000 && (stdout.readableLength > 0 || stdout.isPaused()); turn += 1) {
    await clock.advance(50);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(stdout.readableLength).toBe(0);
  expect(stdin.writableLength).toBeGreaterThan(4 * 1024 * 1024 - 2000);
  expect(stdin.writableLength).toBeLessThan(4 * 1024 * 1024 + 2000);
});

test('batch: one with more items than anybody can be waiting for is no message', async () => {
  const { clock, stdout, channel } = setUp(new PassThrough(), 1_000_000);
  stdout.write(`[${'1,'.repeat(1000)}1]\n`);
  await clock.advance(0);
  expect(channel.stats().garbageLines).toBe(1);
});
