import { createServer, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { createFakeClock } from '@dreamnet/testkit';
import { afterEach, expect, test } from 'vitest';
import type { Agent, AgentOptions } from '../src/index.js';
import { wireAgent } from '../src/wire-agent.js';

// Real sockets on 127.0.0.1; no process is started, no signal sent.
const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

interface Seen {
  agent: Agent;
  clock: ReturnType<typeof createFakeClock>;
  log: () => Record<string, unknown>[];
  signal: (name: string) => void;
  exits: number[];
  ask: (path: string, body?: unknown, headers?: Record<string, string>) => Promise<Response>;
}

function prepare(options: AgentOptions = {}, environment: Record<string, string> = {}): Seen {
  const clock = createFakeClock();
  const logTo = new PassThrough();
  const handlers = new Map<string, () => void>();
  const exits: number[] = [];
  const host = {
    stdout: process.stdout,
    on: (name: string, handler: () => void) => handlers.set(name, handler),
    exit: (code: number) => exits.push(code),
  } as unknown as NodeJS.Process;
  const given = { url: undefined, name: undefined, token: undefined, port: undefined, host: undefined };
  const agent = wireAgent(
    { port: 0, logTo, ...options },
    { clock, environment: { ...given, takeSpare: () => undefined, ...environment }, host },
  );
  open.push(() => agent.stop());
  const lines = () => String(logTo.read() ?? '').split('\n');
  return {
    agent,
    clock,
    exits,
    signal: (name) => handlers.get(name)?.(),
    log: () =>
      lines()
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    ask: (path, body, headers = {}) =>
      fetch(`http://127.0.0.1:${agent.port}${path}`, {
        headers: { connection: 'close', ...headers },
        ...(body !== undefined && {
          method: 'POST',
          body: typeof body === 'string' ? body : JSON.stringify(body),
        }),
      }),
  };
}

/** A caller that can go away in the middle of its call. */
function callAndHold({ port }: Agent): Socket {
  const caller = connect(Number(port), '127.0.0.1');
  caller.write('POST /invocations HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}');
  open.push(() => caller.destroy());
  return caller;
}

/** Starts the agent, calls it and goes away in the middle of the call; resolves when the call was told of that. */
async function callAndLeave(
  agent: Agent,
  { begun, hasGone }: Record<'begun' | 'hasGone', { promise: Promise<void> }>,
): Promise<void> {
  await agent.start();
  const caller = callAndHold(agent);
  await begun.promise;
  caller.destroy();
  await hasGone.promise;
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

test('agent: /ping says Healthy, HealthyBusy while a call runs, Unhealthy with the reason when not ready', async () => {
  const { agent, ask } = prepare();
  const [begun, go] = [deferred(), deferred()];
  agent.serve('wait', async () => {
    begun.resolve();
    await go.promise;
    return 'done';
  });
  await agent.start();
  expect(await (await ask('/ping')).json()).toEqual({
    status: 'Healthy',
    time_of_last_update: 1_700_000_000,
  });
  const call = ask('/invocations', {});
  await begun.promise;
  expect(await (await ask('/ping')).json()).toMatchObject({ status: 'HealthyBusy' });
  go.resolve();
  expect(await (await call).json()).toBe('done');
  agent.ready(false, 'its index is rebuilt');
  const down = await ask('/ping');
  expect([down.status, await down.json()]).toMatchObject([503, { reason: 'its index is rebuilt' }]);
});

test('agent: a call gets its input and session; of several capabilities the header names one', async () => {
  const { agent, ask } = prepare();
  agent.serve('add', (input) => {
    const { a, b } = input as { a: number; b: number };
    return { sum: a + b };
  });
  agent.serve('session', (_input, { sessionId }) => ({ sessionId }));
  await agent.start();
  const add = await ask('/invocations', { a: 2, b: 3 }, { 'dreamnet-capability': 'add' });
  expect(await add.json()).toEqual({ sum: 5 });
  const header = 'X-Amzn-Bedrock-AgentCore-Runtime-Session-Id';
  const session = await ask('/invocations', {}, { 'dreamnet-capability': 'session', [header]: 's1' });
  expect(await session.json()).toEqual({ sessionId: 's1' });
  const nobody = await ask('/invocations', {});
  expect([nobody.status, await nobody.text()]).toEqual([404, expect.stringContaining('add,session')]);
});

test('agent: a body that is not JSON, a foreign path and a handler that throws are answered, and it goes on', async () => {
  const { agent, ask, log } = prepare();
  agent.serve('fail', () => {
    throw new TypeError('no such file');
  });
  await agent.start();
  expect((await ask('/invocations', '{"half')).status).toBe(400);
  expect((await ask('//')).status).toBe(404);
  const failed = await ask('/invocations', {});
  expect([failed.status, await failed.json()]).toEqual([500, { error: { message: 'no such file' } }]);
  expect(log()).toMatchObject([{ level: 'error', msg: 'fail failed: no such file' }]);
  expect((await ask('/ping')).status).toBe(200);
});

test('agent: an answer that is not one JSON value is refused with a code and logged, and nothing of it is lost silently', async () => {
  const { agent, ask, log } = prepare();
  let isEnded = false;
  const outputs: Record<string, () => unknown> = {
    stream: async function* () {
      yield 'one';
    },
    promised: async () => outputs.stream?.(),
    generator: function* () {
      yield 'one';
    },
    readable: () => new PassThrough().on('close', () => (isEnded = true)),
    web: () => new ReadableStream(),
    function: () => () => 'one',
    big: () => 1n,
  };
  for (const [name, output] of Object.entries(outputs)) agent.serve(name, output);
  await agent.start();
  for (const name of Object.keys(outputs)) {
    const answer = await ask('/invocations', {}, { 'dreamnet-capability': name });
    const { error } = (await answer.json()) as { error: { code: string; message: string } };
    expect([name, answer.status, error.code]).toEqual([name, 500, 'DN_AGENT_ANSWER_NOT_JSON']);
    expect(log()).toMatchObject([
      { level: 'error', msg: `${name} failed: ${error.message}`, code: 'DN_AGENT_ANSWER_NOT_JSON' },
    ]);
  }
  expect(isEnded).toBe(true);
  expect(await (await ask('/ping')).json()).toMatchObject({ status: 'Healthy' });
});

test('agent: input null, and none at all, is null; lists, texts and maps of JSON come back as they are', async () => {
  const { agent, ask } = prepare();
  agent.serve('echo', (input) => ({ input }));
  await agent.start();
  for (const input of ['null', ''])
    expect(await (await ask('/invocations', input)).json()).toEqual({ input: null });
  for (const input of [[1], 'text', 0, false, { a: null }])
    expect(await (await ask('/invocations', JSON.stringify(input))).json()).toEqual({ input });
});

test('agent: on SIGTERM the call in flight ends, clean-ups run in reverse, then the process ends with 0', async () => {
  const { agent, ask, signal, exits } = prepare();
  const [begun, go, ended] = [deferred(), deferred(), deferred()];
  const order: string[] = [];
  agent.serve('slow', async () => {
    begun.resolve();
    await go.promise;
    order.push('call');
    return 'whole';
  });
  agent.onStop(() => {
    order.push('first');
    ended.resolve();
  });
  agent.onStop(() => order.push('second'));
  await agent.start();
  const call = ask('/invocations', {});
  await begun.promise;
  signal('SIGTERM');
  expect(exits).toEqual([]);
  go.resolve();
  expect(await (await call).json()).toBe('whole');
  await ended.promise;
  await agent.stop();
  expect(order).toEqual(['call', 'second', 'first']);
  expect(exits).toEqual([0]);
});

test('agent: a call that goes on beyond the deadline is told so and cut off', async () => {
  const { agent, ask, clock } = prepare({ stopMs: 1000 });
  const begun = deferred();
  let isAborted = false;
  agent.serve('endless', async (_input, { signal }) => {
    begun.resolve();
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => {
        isAborted = true;
        resolve();
      });
    });
  });
  await agent.start();
  const call = ask('/invocations', {}).catch(() => 'cut off');
  await begun.promise;
  const stopped = agent.stop();
  await clock.advance(1000);
  await stopped;
  expect(isAborted).toBe(true);
  expect(await call).toBe('cut off');
});

test('agent: a call whose caller has gone ends too before the clean-ups run', async () => {
  const { agent, clock } = prepare({ stopMs: 1000 });
  const [begun, hasGone, go] = [deferred(), deferred(), deferred()];
  const order: string[] = [];
  agent.serve('slow', async (_input, { signal }) => {
    signal.addEventListener('abort', hasGone.resolve);
    begun.resolve();
    await go.promise;
    order.push('call');
  });
  agent.onStop(() => order.push('cleaned'));
  await callAndLeave(agent, { begun, hasGone });
  const stopped = agent.stop();
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
  await clock.advance(999);
  expect(order).toEqual([]);
  go.resolve();
  await stopped;
  expect(order).toEqual(['call', 'cleaned']);
});

test('agent: a call without a caller that never ends holds up the clean-ups for no longer than the deadline', async () => {
  const { agent, clock } = prepare({ stopMs: 1000 });
  const [begun, hasGone] = [deferred(), deferred()];
  let isCleaned = false;
  agent.serve('endless', async (_input, { signal }) => {
    signal.addEventListener('abort', hasGone.resolve);
    begun.resolve();
    await new Promise(() => undefined);
  });
  agent.onStop(() => {
    isCleaned = true;
  });
  await callAndLeave(agent, { begun, hasGone });
  const stopped = agent.stop();
  await clock.advance(1000);
  await stopped;
  expect(isCleaned).toBe(true);
});

test('agent: whatever a handler throws is a 500 in the log, and the other calls go on', async () => {
  const { agent, ask, log } = prepare();
  const [begun, go] = [deferred(), deferred()];
  const refuses = () => {
    throw Object.create(null);
  };
  const evil = new Error('its stack throws');
  Object.defineProperty(evil, 'stack', { get: refuses });
  const mute = Object.defineProperty(new Error(), 'message', { get: refuses });
  const nobody = new Proxy({}, { get: refuses, has: refuses, getPrototypeOf: refuses });
  const throwers: Record<string, [thrown: unknown, why: string]> = {
    bare: [Object.create(null), 'object'],
    evil: [evil, 'its stack throws'],
    mute: [mute, 'object'],
    nobody: [nobody, 'object'],
  };
  for (const [name, [thrown]] of Object.entries(throwers))
    agent.serve(name, () => {
      throw thrown;
    });
  agent.serve('proxy', () => nobody);
  agent.serve('toJSON', () => ({ toJSON: refuses }));
  agent.serve('slow', async () => {
    begun.resolve();
    await go.promise;
    return 'done';
  });
  await agent.start();
  const call = ask('/invocations', {}, { 'dreamnet-capability': 'slow' });
  await begun.promise;
  for (const name of ['bare', 'evil', 'mute', 'nobody', 'proxy', 'toJSON']) {
    const answer = await ask('/invocations', {}, { 'dreamnet-capability': name });
    const why = throwers[name]?.[1] ?? 'object';
    expect([name, answer.status, await answer.json()]).toMatchObject([
      name,
      500,
      { error: { message: why } },
    ]);
    expect(log()).toMatchObject([{ level: 'error', msg: `${name} failed: ${why}` }]);
  }
  go.resolve();
  expect(await (await call).json()).toBe('done');
});

test('agent: a clean-up that throws what is no text does not keep the others from their turn', async () => {
  const { agent, log } = prepare();
  let isCleaned = false;
  agent.onStop(() => {
    isCleaned = true;
  });
  agent.onStop(() => {
    throw Object.create(null);
  });
  await agent.stop();
  expect(isCleaned).toBe(true);
  expect(log()).toMatchObject([{ level: 'error', msg: 'stopping: object' }]);
});

test('agent: the signal of a call that was answered is not aborted, neither by its connection nor by a later stop', async () => {
  const { agent, ask } = prepare();
  const signals: AbortSignal[] = [];
  agent.serve('echo', (input, { signal }) => {
    signals.push(signal);
    return input;
  });
  await agent.start();
  for (const connection of ['close', 'keep-alive'])
    expect(await (await ask('/invocations', { a: 1 }, { connection })).json()).toEqual({ a: 1 });
  await agent.stop();
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
  expect(signals.map(({ aborted }) => aborted)).toEqual([false, false]);
});

async function daemonThatAnswers(status: () => number, text = '{}') {
  const reports: { body: Record<string, unknown>; token: string | undefined }[] = [];
  const waiting: (() => void)[] = [];
  const server: Server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    reports.push({ body: JSON.parse(String(Buffer.concat(parts))), token: request.headers.authorization });
    response.writeHead(status()).end(text, () => {
      for (const go of waiting.splice(0)) go();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  return { url: `http://127.0.0.1:${port}`, reports };
}

test('agent: its heartbeat carries name, token, work and metrics', async () => {
  const { url, reports } = await daemonThatAnswers(() => 202);
  const { agent } = prepare({}, { url, name: 'worker', token: 'secret' });
  agent.metric('rows', 12);
  await agent.start();
  await expect.poll(() => agent.reports.sent).toBe(1);
  expect(reports[0]).toMatchObject({
    token: 'Bearer secret',
    body: { subsystem: 'worker', status: 'ok', inFlight: 0, metrics: { rows: 12 } },
  });
});

test('agent: a tool under way is told within the second, and that it ended', async () => {
  const { url, reports } = await daemonThatAnswers(() => 202);
  const { agent, clock } = prepare({}, { url, name: 'worker' });
  await agent.start();
  await expect.poll(() => agent.reports.sent).toBe(1);
  const go = deferred();
  const tool = agent.tool({ name: 'search', args: { q: 'x' } }, () => go.promise);
  await clock.advance(1000);
  await expect.poll(() => agent.reports.sent).toBe(2);
  expect(reports[1]?.body).toMatchObject({ inFlight: 1, openToolCall: { name: 'search' } });
  go.resolve();
  await tool;
  await clock.advance(5000);
  await expect.poll(() => agent.reports.sent).toBe(3);
  expect(reports[2]?.body).toMatchObject({ inFlight: 0 });
  expect(reports[2]?.body).not.toHaveProperty('openToolCall');
});

test('agent: no daemon, one that refuses, and no address: it serves all the same and says so once', async () => {
  const { url } = await daemonThatAnswers(() => 404);
  for (const [given, why] of [
    ['http://127.0.0.1:1', /takes no reports/],
    [url, /answered 404/],
    ['nonsense', /is no address/],
  ] as const) {
    const { agent, ask, log } = prepare({}, { url: given, name: 'worker' });
    const lines: Record<string, unknown>[] = [];
    agent.serve('echo', (input) => input);
    await agent.start();
    await expect
      .poll(() => {
        lines.push(...log());
        return lines.length;
      })
      .toBe(1);
    expect(lines[0]).toMatchObject({ level: 'warn', msg: expect.stringMatching(why) });
    expect(await (await ask('/invocations', { a: 1 })).json()).toEqual({ a: 1 });
  }
});

test('agent: a log line is JSON with time, level and message first, whatever the fields are', async () => {
  const { agent, log } = prepare({ name: 'worker' });
  const round: Record<string, unknown> = {};
  round.self = round;
  agent.log.info('counted', { rows: 3, level: 'odd', msg: 'other' });
  agent.log.warn('odd', round);
  expect(log()).toEqual([
    { time: '2023-11-14T22:13:20.000Z', level: 'info', msg: 'counted', agent: 'worker', rows: 3 },
    expect.objectContaining({ level: 'warn', msg: 'odd', unreadable: 'its fields are not JSON' }),
  ]);
});

test('agent: a report that the daemon does not take is not told again; the refusal with its field is in the log once', async () => {
  const error = { code: 'DN_REPORT_INVALID', message: 'metrics.rows: expected a finite number' };
  let status = 400;
  const { url, reports } = await daemonThatAnswers(() => status, JSON.stringify({ error }));
  const { agent, clock, log } = prepare({}, { url, name: 'worker' });
  agent.metric('rows', 12);
  await agent.start();
  await expect.poll(() => agent.reports.failed).toBe(1);
  await clock.advance(500);
  await expect.poll(() => agent.reports.failed).toBe(2);
  status = 202;
  await clock.advance(1000);
  await expect.poll(() => agent.reports.sent).toBe(1);
  expect(reports.map(({ body }) => body.metrics)).toEqual([{ rows: 12 }, undefined, undefined]);
  expect(log().map(({ msg }) => msg)).toEqual([
    'the daemon refused a report, which is dropped: the daemon answered 400 DN_REPORT_INVALID: metrics.rows: expected a finite number',
  ]);
});

test('agent: what the daemon would not take is said once of each kind, with its field', () => {
  const { agent, log } = prepare({ name: 'worker' });
  agent.metric('two\nlines', 1);
  agent.metric('three\nlines', 1);
  agent.status('warning' as 'warn');
  expect(log()).toMatchObject([
    { level: 'warn', field: 'metric', msg: expect.stringContaining("metric 'two lines'") },
    { level: 'warn', field: 'status', msg: expect.stringContaining("status 'warning'") },
  ]);
});

test('agent: an address or a token that is none is said once, nothing is reported, and it serves on', async () => {
  for (const [url, token, why] of [
    [
      'localhost:7766',
      undefined,
      'DREAMNET_URL is no address that begins with http:// or https://: localhost:7766',
    ],
    [
      'ftp://127.0.0.1',
      undefined,
      'DREAMNET_URL is no address that begins with http:// or https://: ftp://127.0.0.1',
    ],
    ['http://127.0.0.1:1', 'a\u2013b', 'DREAMNET_TOKEN has characters that no token has'],
    ['http://127.0.0.1:1', 'a\rb', 'DREAMNET_TOKEN has characters that no token has'],
  ] as const) {
    const { agent, ask, log, clock } = prepare({}, { url, name: 'worker', ...(token && { token }) });
    agent.serve('echo', (input) => input);
    await agent.start();
    await clock.advance(60_000);
    agent.status('warn', 'as ever');
    expect(await (await ask('/invocations', { a: 1 })).json()).toEqual({ a: 1 });
    const refusal = await agent.reserve({ tokens: 1 }).catch((thrown: Error) => thrown);
    expect(refusal).toMatchObject({ code: 'DN_BUDGET_UNREACHABLE', message: expect.stringContaining(why) });
    expect(log().map(({ msg }) => msg)).toEqual([`${why}; nothing is reported`]);
    expect(agent.reports).toEqual({ sent: 0, failed: 0, lastError: undefined });
  }
});

test('agent: blanks and line ends around address and token, as a file leaves them, do no harm', async () => {
  const { url, reports } = await daemonThatAnswers(() => 202);
  const { agent } = prepare({}, { url: ` ${url}/\r\n`, name: 'worker', token: 'secret\r\n' });
  await agent.start();
  await expect.poll(() => agent.reports.sent).toBe(1);
  expect(reports[0]?.token).toBe('Bearer secret');
});

test('agent: an error as the reason of a state is told with its message, anything else as text', async () => {
  const { url, reports } = await daemonThatAnswers(() => 202);
  const { agent, ask, clock } = prepare({}, { url, name: 'worker' });
  agent.serve('echo', (input) => input);
  agent.status('error', new Error('boom'));
  await agent.start();
  await expect.poll(() => agent.reports.sent).toBe(1);
  agent.status('warn', { toString: null } as unknown as string);
  await clock.advance(1000);
  await expect.poll(() => agent.reports.sent).toBe(2);
  expect(reports.map(({ body }) => [body.status, body.details])).toEqual([
    ['error', 'boom'],
    ['warn', 'object'],
  ]);
  agent.ready(false, new Error('its index is gone'));
  expect(await (await ask('/ping')).json()).toMatchObject({ reason: 'its index is gone' });
});

test('agent: an estimate that is no JSON is a refusal of its reservation', async () => {
  const { url } = await daemonThatAnswers(() => 201);
  const { agent } = prepare({}, { url, name: 'worker' });
  const refusal = await agent.reserve({ tokens: 3n as unknown as number }).catch((thrown: Error) => thrown);
  expect(refusal).toMatchObject({
    code: 'DN_BUDGET_UNREACHABLE',
    message: expect.stringContaining('BigInt'),
  });
});
