import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '@dreamnet/kit';
import { afterEach, expect, test } from 'vitest';
import { connectMcp, initializeAcp } from '../../src/index.js';
import { endAll, startChild } from '../fixtures/children.js';

afterEach(endAll);

const FLOOD = 'flooding-program.mjs';
const patient = new AbortController().signal;
/** Read as it came, a flood left the loop five turns in ten seconds. */
const LEAST_TURNS = 20;
const NOTIFICATION = '{"jsonrpc":"2.0","method":"m"}';

/** How often a timer's turn came meanwhile, at most every 5 ms. */
async function countTurns(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
  }, 5);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return turns;
}

for (const text of ['y', '', '{', '[1,2', NOTIFICATION])
  test(`flood of ${JSON.stringify(text)}: the handshake fails and the event loop goes on`, async () => {
    const child = startChild(FLOOD, [text]);
    const isMessage = text === NOTIFICATION;
    // Noise is given up long before; only messages are waited for.
    const connect = connectMcp(child, {
      connectTimeoutMs: isMessage ? 1500 : 30_000,
      discoverTimeoutMs: 700,
    });
    const code = isMessage ? 'DN_MCP_TIMEOUT' : 'DN_MCP_NOISE';
    const turns = await countTurns(() => expect(connect).rejects.toMatchObject({ code }));
    expect(turns).toBeGreaterThan(LEAST_TURNS);
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
  const turns = await countTurns(async () => {
    const asked = initializeAcp(child, { clock: systemClock(), timeoutMs: 700, signal: patient });
    expect(await asked).toMatchObject({
      ok: false,
      isAnswered: false,
      reason: expect.stringMatching(
        /^no answer to 'initialize' within 700 ms; its output was \d+ lines such as "y"$/,
      ),
    });
  });
  expect(turns).toBeGreaterThan(LEAST_TURNS);
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
