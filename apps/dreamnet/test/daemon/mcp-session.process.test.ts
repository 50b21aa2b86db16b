import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@dreamnet/kit';
import { afterEach, expect, test } from 'vitest';
import { createMcpAgentSession } from '../../src/daemon/sessions/mcp-session.js';

/** A server that ends by itself at the end of its input, as the protocol asks. */
const SERVER = fileURLToPath(
  new URL('../../../../packages/protocols/test/fixtures/modern-mcp-server.mjs', import.meta.url),
);
const children: ChildProcessWithoutNullStreams[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function launch(): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, [SERVER], { stdio: 'pipe' });
  children.push(child);
  return child;
}

const patient = new AbortController().signal;
const ended = (child: ChildProcessWithoutNullStreams) =>
  new Promise<number | null>((resolve) => child.once('exit', resolve));

test('mcp session: late news of the process it talks to does not close its pipes', async () => {
  const child = launch();
  // As the supervisor does: the same pipes in a new object each time.
  const endpoint = () => ({ stdin: child.stdin, stdout: child.stdout });
  const session = createMcpAgentSession({ name: 'a', clock: systemClock(), endpoint });
  expect(await session.probe(patient)).toMatchObject({ ok: true });
  session.refresh();
  expect(session.view().isOpen).toBe(true);
  expect(await session.probe(patient)).toMatchObject({ ok: true });
  expect(child.exitCode).toBeNull();
});

test('mcp session: news of another process drops what was connected to the one before', async () => {
  const [before, after] = [launch(), launch()];
  let now = before;
  const endpoint = () => ({ stdin: now.stdin, stdout: now.stdout });
  const session = createMcpAgentSession({ name: 'a', clock: systemClock(), endpoint });
  expect(await session.probe(patient)).toMatchObject({ ok: true });
  const end = ended(before);
  now = after;
  session.refresh();
  expect(session.view().isOpen).toBe(false);
  expect(await session.probe(patient)).toMatchObject({ ok: true });
  expect(await end).toBe(0);
});

test('mcp session: what a failing tool says is told as it said it, also when it says it in JSON', async () => {
  const child = launch();
  const endpoint = () => ({ stdin: child.stdin, stdout: child.stdout });
  const session = createMcpAgentSession({ name: 'a', clock: systemClock(), endpoint });
  const call = { timeoutMs: 5000, signal: patient };
  for (const text of ['no such file', '{ "error": "no quota" }'])
    await expect(session.invoke({ name: 'fails' }, { text }, call)).rejects.toMatchObject({
      code: 'DN_AGENT_TOOL_FAILED',
      message: `the tool 'fails' of 'a' failed: ${text}`,
    });
});

test('mcp session: an input that is no object is the argument `input`, and null is no arguments', async () => {
  const child = launch();
  const endpoint = () => ({ stdin: child.stdin, stdout: child.stdout });
  const session = createMcpAgentSession({ name: 'a', clock: systemClock(), endpoint });
  const echo = (input: unknown) =>
    session.invoke({ name: 'echo' }, input, { timeoutMs: 5000, signal: patient });
  expect(await echo({ a: null })).toEqual({ a: null });
  expect(await echo([1])).toEqual({ input: [1] });
  expect(await echo(null)).toEqual({});
});
