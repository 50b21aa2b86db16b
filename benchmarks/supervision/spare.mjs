// kill -9 of an agent until its next process answers a call, with a warm spare and without, in one run.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { constants, setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { endAll, freePort, readOr, summarize, until, waitQuiet } from './measure.mjs';
import { askDaemon, dreamnet } from './supervisors.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const MARK_MS = 15;
/** Between two kills, when everything has come to rest: a fleet does not crash in step with its supervisor. */
const REST_MS = 700;

const AGENTS = [
  { kind: 'Node', runtime: 'node', command: [process.execPath, join(HERE, 'spare-agent.mjs')], env: {} },
  {
    kind: 'Python',
    runtime: 'python',
    command: ['python3', join(HERE, 'spare_agent.py')],
    env: { PYTHONPATH: join(HERE, '..', '..', 'python') },
  },
];

export async function measureSpares(kills, mark) {
  console.log(`\nkill -9 → first call answered (${raisePriority()}) median    p90    max`);
  const results = [];
  for (const agent of AGENTS) {
    const medians = {};
    for (const spare of [0, 1]) {
      const times = summarize(await measure(agent, spare, kills));
      medians[spare] = times.median;
      const cells = [times.median, times.p90, times.max]
        .map((value) => value.toFixed(1).padStart(6))
        .join(' ');
      console.log(`  ${`${agent.kind} agent, ${spare ? 'with' : 'without'} a spare`.padEnd(40)} ${cells}`);
      results.push({ part: 'spare', agent: agent.kind, spare, ...times });
    }
    results.push(mark(`${agent.kind} agent with a spare: at most ${MARK_MS} ms`, medians[1] <= MARK_MS));
  }
  return results;
}

/** Inherited by the daemon and the agents: on a machine with other work each step would wait for its turn first. */
function raisePriority() {
  try {
    setPriority(constants.priority.PRIORITY_HIGHEST + 1);
    return 'nice -19  ';
  } catch {
    return 'no priority';
  }
}

async function measure(agent, spare, kills) {
  const folder = mkdtempSync(join(tmpdir(), 'dreamnet-bench-'));
  const port = await freePort();
  // JSON is YAML, too.
  writeFileSync(join(folder, 'dreamnet.yaml'), JSON.stringify(fleetOf(agent, { spare, port })));
  await waitQuiet();
  const daemon = await dreamnet.resume(folder);
  const times = [];
  try {
    for (let kill = 0; kill < kills; kill += 1) {
      const serving = await until(() => isReady(folder, spare), 30_000, 50);
      if (!serving)
        throw new Error(`${agent.kind}: never ready: ${readOr(join(folder, 'supervisor.log'), '')}`);
      await sleep(REST_MS);
      const killedAt = process.hrtime.bigint();
      process.kill(serving, 'SIGKILL');
      const next = await until(async () => (await ask(port)) ?? 0, 20_000, 1);
      times.push(Number(process.hrtime.bigint() - killedAt) / 1e6);
      if (!next || next === serving) throw new Error(`${agent.kind}: nobody but ${serving} answered`);
    }
    return times;
  } finally {
    await endAll(folder, [daemon]);
    rmSync(folder, { recursive: true, force: true });
  }
}

function fleetOf({ runtime, command, env }, { spare, port }) {
  const who = {
    ...{ runtime, command, spare, protocol: 'agentcore', endpoint: `http://127.0.0.1:${port}` },
    env: { ...env, PORT: String(port) },
    capabilities: ['bench.who'],
    restart: { intensity: 100_000, period: '10s' },
    health: { readiness: { every: '200ms' } },
  };
  return { version: 1, agents: { who } };
}

/** @returns The pid that serves, when its spare waits if it is to have one. */
async function isReady(folder, spare) {
  const [agent] = (await askDaemon(folder, '/api/ps'))?.agents ?? [];
  if (agent?.health.readiness.state !== 'ready') return undefined;
  return spare === 0 || agent.spare?.phase === 'waiting' ? agent.pid : undefined;
}

/** One call over a connection of its own. @returns Who answered; undefined when nobody did. */
function ask(port) {
  return new Promise((resolve) => {
    const call = request({ port, host: '127.0.0.1', path: '/invocations', method: 'POST', agent: false });
    call.on('error', () => resolve(undefined));
    call.on('response', (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      answer.on('end', () => resolve(answer.statusCode === 200 ? JSON.parse(text).pid : undefined));
      answer.on('error', () => resolve(undefined));
    });
    call.end('{}');
  });
}
