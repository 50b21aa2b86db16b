// Agents that know OpenTelemetry only, watched by a real daemon. Exits 1 when anything is not as stated here.
import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'dreamnet-otel-'));
const children = [];

try {
  const daemon = await startDaemon();
  const researcher = startAgent(daemon, 'researcher');
  startAgent(daemon, 'helper');

  console.log('1. Both export; nobody told the daemon of the helper');
  for (const name of ['researcher', 'helper']) {
    const { status, axes } = await daemon.until(name, ({ status }) => status === 'ok');
    console.log(`   ${name}: ${status}, ${axes.readiness.reason}`);
  }

  console.log('2. The researcher works');
  researcher.stdin.write('work\nwork\nwork\n');
  const total = await daemon.latest('gen_ai.execute_tool.total', (value) => value === 3);
  const input = await daemon.latest('gen_ai.tokens.input', (value) => value === 360);
  console.log(`   ${total} tool calls, ${input} tokens in`);
  const idle = await daemon.until('researcher', ({ axes }) => axes.progress.state === 'idle');
  console.log(`   progress ${idle.axes.progress.state}: ${idle.axes.progress.reason}`);

  console.log('3. It calls the same tool with the same arguments, again and again');
  researcher.stdin.write('loop\n');
  const looping = await daemon.until('researcher', ({ axes }) => axes.progress.state === 'looping');
  console.log(`   ${looping.status}: ${looping.axes.progress.reason}`);
  assert.ok(!JSON.stringify(looping).includes('echoes'), 'arguments are compared, not shown');

  console.log('4. It works again, then a call never comes back');
  researcher.stdin.write('work\nwork\nwork\nwork\n');
  await daemon.until('researcher', ({ axes }) => axes.progress.state === 'idle');
  researcher.stdin.write('hang\n');
  const stuck = await daemon.until('researcher', ({ axes }) => axes.progress.state === 'stuck');
  console.log(`   ${stuck.status}: ${stuck.axes.progress.reason}`);
  const alert = await daemon.alert('researcher');
  console.log(`   ${alert.severity}: ${alert.message}`);

  console.log('5. It is killed');
  researcher.kill('SIGKILL');
  const dead = await daemon.until('researcher', ({ axes }) => axes.readiness.state === 'not_ready');
  console.log(`   ${dead.status}: ${dead.axes.readiness.reason}`);
  console.log('All as stated.');
} finally {
  for (const child of children.reverse()) {
    const isRunning = child.exitCode === null && child.signalCode === null;
    if (isRunning && child.kill('SIGTERM')) await once(child, 'exit');
  }
  rmSync(folder, { recursive: true, force: true });
}

async function startDaemon() {
  const state = join(folder, 'state');
  const args = [here('../../apps/dreamnet/bin/dreamnet.mjs'), 'up', '-f', here('dreamnet.yaml')];
  const child = start([...args, '--state', state, '--port', '0'], { stdio: ['ignore', 'ignore', 'inherit'] });
  while (!existsSync(join(state, 'daemon.json'))) {
    assert.equal(child.exitCode, null, 'the daemon did not start');
    await sleep(50);
  }
  const { url } = JSON.parse(readFileSync(join(state, 'daemon.json'), 'utf8'));
  const token = readFileSync(join(state, 'tokens', 'operator'), 'utf8').trim();
  const get = async (path) => {
    const answer = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } });
    return answer.ok ? answer.json() : undefined;
  };
  return {
    url,
    token,
    /** Waits for a subsystem of which something holds. */
    until: (name, holds) =>
      waitFor(name, async () =>
        (await get('/api/subsystems'))?.subsystems.find((one) => one.name === name && holds(one)),
      ),
    latest: (metric, holds) =>
      waitFor(metric, async () => {
        const found = await get(`/api/series/range?subject=researcher&metric=${metric}&since=1h`);
        return found?.points.map(({ mean }) => mean).findLast(holds);
      }),
    alert: (name) =>
      waitFor('an alert', async () =>
        (await get('/api/alerts'))?.alerts.find(
          ({ subsystem, state }) => subsystem === name && state === 'active',
        ),
      ),
  };
}

/** Only the standard variables of OpenTelemetry: the daemon's address and a token that may report. */
function startAgent({ url, token }, name) {
  const env = {
    ...process.env,
    OTEL_SERVICE_NAME: name,
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${token}`,
  };
  return start([here('agent.mjs')], { env, stdio: ['pipe', 'inherit', 'inherit'] });
}

function start(args, options) {
  const child = spawn(process.execPath, args, options);
  children.push(child);
  return child;
}

async function waitFor(what, ask) {
  for (let tries = 0; tries < 300; tries += 1) {
    const found = await ask();
    if (found !== undefined) return found;
    await sleep(100);
  }
  throw new assert.AssertionError({ message: `waited in vain for ${what}` });
}
