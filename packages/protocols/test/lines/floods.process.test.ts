import type { Socket } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '@dreamnet/kit';
import { afterEach, expect, test } from 'vitest';
import { connectMcp, initializeAcp } from '../../src/index.js';
import { endAll, startChild } from '../fixtures/children.js';

afterEach(endAll);

const FLOOD = 'flooding-program.mjs';
const patient = new AbortController().signal;
/** What the machine does besides is in it, too; a flood that was read as it came held the loop for ten seconds. */
const LONGEST_STANDSTILL_MS = 300;
const NOTIFICATION = '{"jsonrpc":"2.0","method":"m"}';

/** The longest that the event loop stood still meanwhile, ms. */
async function standstill(work: () => Promise<unknown>): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  await work();
  await sleep(20);
  delay.disable();
  return delay.max / 1e6;
}

for (const text of ['y', '', '{', '[1,2', NOTIFICATION])
  test(`flood of ${JSON.stringify(text)}: the handshake fails and the event loop goes on`, async () => {
    const child = startChild(FLOOD, [text]);
    const connect = connectMcp(child, { connectTimeoutMs: 1500, discoverTimeoutMs: 700 });
    const code = text === NOTIFICATION ? 'DN_MCP_TIMEOUT' : 'DN_MCP_NOISE';
    const longest = await standstill(() => expect(connect).rejects.toMatchObject({ code }));
    expect(longest).toBeLessThan(LONGEST_STANDSTILL_MS);
  });

test('flood: the reason shows what came, and what is not read holds the writer', async () => {
  const child = startChild(FLOOD, ['y']);
  await expect(connectMcp(child)).rejects.toMatchObject({
    code: 'DN_MCP_NOISE',
    message: expect.stringMatching(/no answer: \d+ lines such as "y"\. It is not read/),
    details: { delivered: true },
  });
  const cpu = process.cpuUsage();
  const { bytesRead } = child.stdout as Socket;
  await sleep(300);
  expect((child.stdout as Socket).bytesRead).toBe(bytesRead);
  expect(process.cpuUsage(cpu).user).toBeLessThan(200_000);
});

test('flood: a server that logs without end and answers is understood, and calls go on', async () => {
  const session = await connectMcp(startChild(FLOOD, ['DEBUG step', 'serves']));
  for (let call = 0; call < 5; call += 1) {
    expect(await session.probe(patient)).toMatchObject({ ok: true });
    await sleep(100);
  }
  expect(session.stats().garbageLines).toBeGreaterThan(1000);
});

test('flood: ACP is told what came instead of an answer, and the event loop goes on', async () => {
  const child = startChild(FLOOD, ['y']);
  const longest = await standstill(async () => {
    const asked = initializeAcp(child, { clock: systemClock(), timeoutMs: 700, signal: patient });
    expect(await asked).toMatchObject({
      ok: false,
      isAnswered: false,
      reason: expect.stringMatching(
        /^no answer to 'initialize' within 700 ms; its output was \d+ lines such as "y"$/,
      ),
    });
  });
  expect(longest).toBeLessThan(LONGEST_STANDSTILL_MS);
});

test('pipes: after a handshake that failed it can be tried again over the same ones', async () => {
  const child = startChild('misbehaving-mcp-server.mjs', ['fine']);
  await expect(connectMcp(child, { connectTimeoutMs: 1, prior: { era: 'legacy' } })).rejects.toMatchObject({
    code: 'DN_MCP_TIMEOUT',
  });
  expect((await connectMcp(child, { connectTimeoutMs: 5000 })).verdict.era).toBe('legacy');
});

test('pipes: who connects over the same ones again and again leaves no listeners behind', async () => {
  const child = startChild(FLOOD, ['y']);
  const counts = new Set<number>();
  for (let attempt = 0; attempt < 3; attempt += 1) {
    await expect(connectMcp(child)).rejects.toMatchObject({ code: 'DN_MCP_NOISE' });
    const events = ['error', 'close', 'end', 'data'];
    counts.add(events.reduce((sum, one) => sum + child.stdout.listenerCount(one), 0));
    counts.add(events.reduce((sum, one) => sum + child.stdin.listenerCount(one), 100));
  }
  expect(counts.size).toBe(2);
});
