import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

// Real children: a program of its own imports the built package.
const BUILT = fileURLToPath(new URL('../dist/index.js', import.meta.url));
let folder = '';
let child: ChildProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dreamnet-agent-'));
});
afterEach(async () => {
  if (child && child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  rmSync(folder, { recursive: true, force: true });
});

function run(program: string, environment: Record<string, string> = {}) {
  const file = join(folder, 'agent.mjs');
  writeFileSync(file, `import { createAgent } from ${JSON.stringify(BUILT)};\n${program}`);
  const started = spawn(process.execPath, [file], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child = started;
  const lines = createInterface({ input: started.stdout })[Symbol.asyncIterator]();
  return { started, next: async () => String((await lines.next()).value) };
}

const SPARE = `
const agent = createAgent({ port: 0 });
agent.serve('echo', (input) => input);
const turn = agent.start();
console.log('booted', agent.port);
await turn;
console.log('serving', agent.port > 0);`;

test('spare: one that is booted waits for its byte on a FIFO, opens its port then, and ends with 0 on SIGTERM', async () => {
  const fifo = join(folder, 'turn');
  spawnSync('mkfifo', [fifo]);
  const { started, next } = run(SPARE, { DREAMNET_SPARE: fifo });
  expect(await next()).toBe('booted undefined');
  writeFileSync(fifo, '\n');
  expect(await next()).toBe('serving true');
  started.kill('SIGTERM');
  expect(await once(started, 'exit')).toEqual([0, null]);
});

test('spare: one that is stopped while it waits ends with 0 and never served', async () => {
  const fifo = join(folder, 'turn');
  spawnSync('mkfifo', [fifo]);
  const { started, next } = run(SPARE, { DREAMNET_SPARE: fifo });
  expect(await next()).toBe('booted undefined');
  started.kill('SIGTERM');
  expect(await once(started, 'exit')).toEqual([0, null]);
  expect(await next()).toBe('undefined');
});

test('agent: a log that nobody reads any more does not end it', async () => {
  const { started, next } = run(`
    const agent = createAgent({ port: 0 });
    agent.serve('echo', (input) => input);
    await agent.start();
    console.log(agent.port);
    setInterval(() => agent.log.info('still here'), 5);`);
  const port = await next();
  started.stdout.destroy();
  // Some lines into the closed pipe, by asking until they were certainly written.
  for (let asked = 0; asked < 20; asked += 1)
    expect((await fetch(`http://127.0.0.1:${port}/ping`)).status).toBe(200);
  expect(started.exitCode).toBe(null);
});

test('agent: one with nothing to do but heartbeats is not kept alive by them', async () => {
  const { started } = run("await createAgent({ name: 'short' }).start();", {
    DREAMNET_URL: 'http://127.0.0.1:1',
  });
  expect(await once(started, 'exit')).toEqual([0, null]);
});

test('agent: one whose call waits for nothing of Node.js and has lost its caller cleans up before it ends', async () => {
  const { next } = run(`
    const agent = createAgent({ port: 0, stopMs: 100 });
    agent.serve('endless', (_input, { signal }) => {
      signal.addEventListener('abort', () => process.kill(process.pid, 'SIGTERM'));
      console.log('begun');
      return new Promise(() => undefined);
    });
    agent.onStop(() => console.log('cleaned'));
    await agent.start();
    console.log(agent.port);`);
  const caller = new AbortController();
  const url = `http://127.0.0.1:${await next()}/invocations`;
  const call = fetch(url, { method: 'POST', body: '{}', signal: caller.signal }).catch(() => 'gone');
  expect(await next()).toBe('begun');
  caller.abort();
  expect(await call).toBe('gone');
  expect(await next()).toBe('cleaned');
});
