import { afterEach, expect, test } from 'vitest';
import { connectA2a } from '../../src/index.js';
import { endAll, firstLine, startChild } from '../fixtures/children.js';

afterEach(endAll);

const patient = new AbortController().signal;

async function startAgent(mode = 'only-1.0') {
  const child = startChild('a2a-agent.mjs', [mode]);
  return { child, url: `http://127.0.0.1:${await firstLine(child)}` };
}

for (const [mode, version] of [
  ['only-1.0', '1.0'],
  ['both', '1.0'],
  ['only-0.3', '0.3'],
] as const)
  test(`a2a: an agent of the official SDK (${mode}) is spoken to as ${version}`, async () => {
    const { url } = await startAgent(mode);
    const session = await connectA2a(url);
    expect(session.protocolVersion).toBe(version);
    expect(session.card).toMatchObject({ name: 'coder', skills: [{ id: 'code.generation' }] });
    expect(await session.invoke('write it')).toMatchObject({ state: 'completed', output: 'write it' });
    expect(await session.invoke({ n: 1 })).toMatchObject({ state: 'completed', output: { n: 1 } });
    expect(await session.invoke('message')).toMatchObject({ output: 'hello at once', taskId: null });
    expect(await session.invoke('fail')).toMatchObject({ state: 'failed', statusText: 'out of ideas' });
    expect(await session.invoke('ask')).toMatchObject({ state: 'input_required', statusText: 'which one?' });
    expect(await session.probe(patient)).toMatchObject({ ok: true });
  });

test('probe: asks for the card and for one task', async () => {
  const { url } = await startAgent();
  const session = await connectA2a(url);
  const result = await session.probe(patient);
  expect(result.evidence).toMatchObject({ asked: [`GET ${url}/.well-known/agent-card.json`, 'ListTasks'] });
});

test('probe: a stopped agent gives no answer in time; a killed one refuses at once', async () => {
  const { child, url } = await startAgent();
  const session = await connectA2a(url, { probeTimeoutMs: 150 });
  child.kill('SIGSTOP');
  expect(await session.probe(patient)).toMatchObject({ ok: false, reason: 'no answer within 150 ms' });
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  expect(await session.probe(patient)).toMatchObject({ ok: false, reason: 'connection refused' });
});

test('deadline: a task that takes too long fails, and the agent is asked to cancel it', async () => {
  const { url } = await startAgent();
  const session = await connectA2a(url);
  await expect(session.invoke('slow', { timeoutMs: 200 })).rejects.toMatchObject({
    code: 'DN_A2A_TIMEOUT',
    details: { delivered: true },
  });
  const cancel = new AbortController();
  const call = session.invoke('slow', { signal: cancel.signal });
  setTimeout(() => cancel.abort(), 100);
  await expect(call).rejects.toMatchObject({ code: 'DN_A2A_CANCELLED' });
  // Cancelling is not waited for by the call, so its arrival is awaited here.
  await expect.poll(async () => (await session.invoke('cancelled')).output).toBe('2');
});

test('close: ends calls in flight and refuses new ones as undelivered', async () => {
  const { url } = await startAgent();
  const session = await connectA2a(url);
  const call = session.invoke('slow');
  setTimeout(() => session.close(), 50);
  // After the agent has named its task, or before.
  await expect(call).rejects.toMatchObject({ code: expect.stringMatching(/^DN_(A2A|HTTP)_CANCELLED$/) });
  await expect(session.invoke('more')).rejects.toMatchObject({
    code: 'DN_A2A_CLOSED',
    details: { delivered: false },
  });
});

test('death: an agent that dies with a task in hand is reported as lost, not as undelivered', async () => {
  const { child, url } = await startAgent();
  const session = await connectA2a(url);
  const call = session.invoke('slow', { timeoutMs: 20_000 });
  setTimeout(() => child.kill('SIGKILL'), 100);
  await expect(call).rejects.toMatchObject({
    code: 'DN_HTTP_UNREACHABLE',
    retryable: true,
    details: { delivered: true },
  });
});
