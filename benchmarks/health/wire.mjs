// Reports from the outside: over HTTP beside the least a Node server can do, and line by line over the unix socket.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startDaemon } from './daemon.mjs';
import { findWrk, loadHttp } from './http-load.mjs';

const SUBSYSTEMS = 1000;
const HTTP_SHARE = 0.6;
const SOCKET_RATE = 300_000;

/** @returns {Promise<{part: string, what: string, value: number, mark?: string, isKept?: boolean}[]>} */
export async function measure(options) {
  const option = (name, otherwise) => {
    const at = options.indexOf(`--${name}`);
    return at < 0 ? otherwise : options[at + 1];
  };
  console.log('\nwire: reports to a real daemon, each on disk before it is acknowledged');
  const seconds = Number(option('seconds', 5));
  const wrk = findWrk(option('wrk'));
  const daemon = await startDaemon(SUBSYSTEMS);
  try {
    // A daemon that was just started has nothing compiled yet.
    await loadSocket(daemon, 2);
    const lines = await measureSocket(daemon, seconds);
    const http = await measureHttp({ daemon, seconds, wrk, rounds: Number(option('rounds', 3)) });
    return [
      mark('unix socket, reports on disk and acknowledged', lines, { least: SOCKET_RATE, unit: '/s' }),
      mark('HTTP, share of a plain Node server with JSON parse', http * 100, {
        least: HTTP_SHARE * 100,
        unit: '%',
      }),
    ];
  } finally {
    await daemon.stop();
  }
}

/**
 * The servers are loaded in turns, so every sender falls silent for seconds: that it does not promise a next report keeps
 * the daemon from finding, rightly, that 1,000 subsystems died at once, which is not what is measured here.
 */
function bodyOf(name) {
  const metrics = { queue_depth: 3, latency_ms: 12.5 };
  return JSON.stringify({ subsystem: name, status: 'ok', metrics, isIrregular: true });
}

/** One connection, as fast as it is read. @returns what the last answer said */
async function loadSocket(daemon, seconds) {
  const file = fileURLToPath(new URL('./socket-load.mjs', import.meta.url));
  const args = [file, join(daemon.stateDir, 'ingest.sock'), seconds, SUBSYSTEMS];
  const child = spawn(process.execPath, args.map(String), { stdio: ['ignore', 'pipe', 'inherit'] });
  const [printed] = await once(child.stdout, 'data');
  return JSON.parse(String(printed));
}

/** @returns acknowledged reports a second */
async function measureSocket(daemon, seconds) {
  const before = cpuUs(daemon.pid);
  const answer = await loadSocket(daemon, seconds);
  const { acked, refused, lost, seconds: took } = answer;
  const rate = (acked - refused - lost) / took;
  const costUs = (cpuUs(daemon.pid) - before) / acked;
  console.log(
    `  unix socket: ${show(acked)} reports in ${took.toFixed(1)} s, ${show(rate)}/s, ${refused} refused, ${lost} lost; ` +
      `daemon ${costUs.toFixed(1)} µs of CPU each, ${daemon.rssMiB().toFixed(0)} MiB`,
  );
  return rate;
}

/** In turns, so that a slow minute of the machine is everybody's. @returns the median of the rounds' ratios */
async function measureHttp({ daemon, seconds, wrk, rounds }) {
  const plain = await startPlain();
  const bodies = daemon.names.map(bodyOf);
  const { token } = daemon;
  const load = async ({ url, pid }) => {
    const before = cpuUs(pid);
    const { rate, failures, tool } = await loadHttp({ url, token, bodies, seconds, wrk });
    return { rate, failures, tool, costUs: (cpuUs(pid) - before) / (rate * seconds) };
  };
  const report = `${daemon.url}/api/heartbeats`;
  await loadHttp({ url: report, token, bodies, seconds: 1, wrk });
  const ratios = [];
  try {
    for (let round = 0; round < rounds; round += 1) {
      const least = await load(plain);
      const ours = await load({ url: report, pid: daemon.pid });
      if (ours.failures > 0) throw new Error(`${ours.failures} reports were not acknowledged`);
      ratios.push(ours.rate / least.rate);
      console.log(
        `  HTTP (${ours.tool}): plain Node ${show(least.rate)}/s, reports ${show(ours.rate)}/s on disk before the answer, ` +
          `${(100 * (ours.rate / least.rate)).toFixed(0)} %; CPU ${least.costUs.toFixed(0)} and ${ours.costUs.toFixed(0)} µs each; ` +
          `daemon ${daemon.rssMiB().toFixed(0)} MiB`,
      );
    }
  } finally {
    plain.stop();
  }
  return ratios.sort((a, b) => a - b)[Math.floor(ratios.length / 2)];
}

async function startPlain() {
  const file = fileURLToPath(new URL('./plain-server.mjs', import.meta.url));
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = await once(child.stdout, 'data');
  return { url: `http://127.0.0.1:${String(port).trim()}/`, pid: child.pid, stop: () => child.kill() };
}

/** CPU time of a process so far: it says what a report costs when the machine is busy with other things, too. */
function cpuUs(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // utime and stime, in hundredths of a second.
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

function mark(what, value, { least, unit }) {
  const isKept = value >= least;
  console.log(`  ${what}: ${show(value)} ${unit}, mark ≥ ${show(least)}: ${isKept ? 'kept' : 'MISSED'}`);
  return { part: 'wire', what, value, unit, mark: `≥ ${show(least)}`, isKept };
}

function show(rate) {
  return Math.round(rate).toLocaleString('en');
}
