// A real daemon, as the example needs it: started, asked, killed, and ended with its agent.
import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../apps/dreamnet/bin/dreamnet.mjs', import.meta.url));

/** Starts one on a port that stays the same: the agent was told where its daemon is. */
export async function startDaemon({ fleet, folder, port }) {
  const state = join(folder, 'state');
  const args = [BIN, 'up', '-f', fleet, '--state', state, '--port', String(port)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const send = async (method, path, body) => {
    const token = readFileSync(join(state, 'tokens', 'admin'), 'utf8').trim();
    const authorization = `Bearer ${token}`;
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: body ? { authorization, 'content-type': 'application/json' } : { authorization },
      ...(body && { body: JSON.stringify(body) }),
    });
    assert.ok(answer.ok, `${path}: ${answer.status}`);
    return answer.json();
  };
  await waitFor('the daemon', () => {
    assert.equal(child.exitCode, null, 'the daemon did not start');
    const isUp = existsSync(join(state, 'daemon.json')) && existsSync(join(state, 'tokens', 'admin'));
    return isUp && send('GET', '/readyz').catch(() => undefined);
  });
  return {
    send,
    until: (holds) =>
      waitFor('the agent', async () => (await send('GET', '/api/subsystems')).subsystems.find(holds)),
    agent: async () => (await send('GET', '/api/ps')).agents[0],
    call: async (input) =>
      JSON.stringify((await send('POST', '/api/call', { capability: 'text.count', input })).output),
    latest: (metric) =>
      waitFor(metric, async () => {
        const path = `/api/series/range?subject=counter&metric=${metric}&since=1h`;
        return (await send('GET', path).catch(() => undefined))?.points.at(-1)?.mean;
      }),
    stop: () => send('POST', '/api/agents/counter/stop'),
    log: () => readLogs(join(state, 'logs')),
    kill: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
    down: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      await send('POST', '/api/shutdown', { leaveRunning: false });
      await once(child, 'exit');
    },
  };
}

export async function waitFor(what, ask, most = 300) {
  for (let tries = 0; tries < most; tries += 1) {
    const found = await ask();
    if (found) return found;
    await sleep(50);
  }
  throw new assert.AssertionError({ message: `waited in vain for ${what}` });
}

function readLogs(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('');
}

/** A port of this machine that nobody uses now, below those that the kernel lends to whoever connects to somebody. */
export async function freePort() {
  for (;;) {
    const server = createServer().listen(20_000 + Math.floor(Math.random() * 12_000), '127.0.0.1');
    const port = await once(server, 'listening').then(
      () => server.address().port,
      () => 0,
    );
    if (port === 0) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
