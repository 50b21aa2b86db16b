// 200 agents at once: start all, kill all and all back, what the supervisor weighs and how long its event loop stood still.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  cpuPercent,
  endAll,
  readOr,
  readProcesses,
  readStamps,
  residentMb,
  summarize,
  until,
  waitQuiet,
} from './measure.mjs';
import { bareParent, dreamnet, pm2, tellDelays } from './supervisors.mjs';

const AGENTS = 200;
const ROUNDS = 3;
const IDLE_SECONDS = 10;
const LIMITS = { residentMb: 90, delayMs: 50, ratio: 1.5 };
/** Past every peer's one-second throttle. */
const SETTLE_MS = 5000;
/** `delay.cjs` looks once a second. */
const WATCH_ENDS_MS = 1500;
/** As long as the part `daemon` waits: until then an engine still compiles and collects what the start left. */
const IDLE_AFTER_MS = 30_000;

export async function measureFleet(command, mark, peers) {
  console.log(`\n${AGENTS} tiny agents (ms; medians of ${ROUNDS} kills)`);
  console.log(
    '                          launch→all  first→last  kill→back    RSS MB  idle CPU %  processes  loop delay, most',
  );
  const found = {};
  for (const supervisor of [bareParent, dreamnet, ...peers]) {
    tellDelays(true);
    const seen = await measure(supervisor, command).finally(() => tellDelays(false));
    found[supervisor.name] = seen;
    const cells = [
      [seen.startMs.toFixed(0), 10],
      [seen.spreadMs.toFixed(0), 10],
      [seen.backMs.toFixed(0), 9],
      [seen.residentMb.toFixed(0), 8],
      [seen.idleCpuPercent.toFixed(1), 10],
      [seen.processes.toFixed(0), 9],
      [tellDelay(seen), 16],
    ];
    console.log(
      `  ${supervisor.name.padEnd(22)} ${cells.map(([text, width]) => text.padStart(width)).join('  ')}`,
    );
  }
  return [
    ...Object.entries(found).map(([supervisor, seen]) => ({ part: 'fleet', supervisor, ...seen })),
    ...judge(found, mark),
  ];
}

/** Only a supervisor in Node.js tells. */
const tellDelay = ({ startDelayMs, killDelayMs }) =>
  Number.isNaN(startDelayMs) ? '–' : `start ${startDelayMs.toFixed(0)}, kill ${killDelayMs.toFixed(0)}`;

function judge(found, mark) {
  const ours = found[dreamnet.name];
  const bare = found[bareParent.name];
  const peer = found[pm2.name];
  return [
    mark(
      'start of 200, launch to all: within 1.5 × the bare parent',
      ours.startMs <= LIMITS.ratio * bare.startMs,
    ),
    mark(
      'start of 200, first to last: within 1.5 × the bare parent',
      ours.spreadMs <= LIMITS.ratio * bare.spreadMs,
    ),
    mark('200 killed and back: within 1.5 × the bare parent', ours.backMs <= LIMITS.ratio * bare.backMs),
    mark('start of 200, launch to all: ahead of PM2', ours.startMs < peer.startMs),
    mark('200 killed and back: ahead of PM2', ours.backMs < peer.backMs),
    mark('idle CPU with 200: ahead of PM2', ours.idleCpuPercent <= peer.idleCpuPercent),
    mark('memory with 200: ahead of PM2', ours.residentMb < peer.residentMb),
    mark(`memory with 200: at most ${LIMITS.residentMb} MB`, ours.residentMb <= LIMITS.residentMb),
    mark(
      `event loop never stands still for more than ${LIMITS.delayMs} ms`,
      Math.max(ours.startDelayMs, ours.killDelayMs) <= LIMITS.delayMs,
    ),
  ];
}

async function measure(supervisor, command) {
  const folder = mkdtempSync(join(tmpdir(), 'dreamnet-bench-'));
  const stamps = join(folder, 'stamps');
  await waitQuiet();
  const launchedAt = process.hrtime.bigint();
  const pid = await supervisor.start([...command, stamps, '{id}'], folder, AGENTS);
  try {
    await allThere(stamps, new Set(), supervisor);
    const first = readStamps(stamps);
    const startMs = spanMs(launchedAt, first.at(-1).ns);
    await sleep(SETTLE_MS);
    const startDelayMs = mostDelayMs(folder, pid, first[0].ns);
    await sleep(IDLE_AFTER_MS - SETTLE_MS);
    const helpers = withHelpers(pid, command[0]);
    const idleCpuPercent = await idleCpu(folder, helpers);
    const killedFrom = process.hrtime.bigint();
    const backs = [];
    for (let round = 0; round < ROUNDS; round += 1) backs.push(await killAll(stamps, supervisor));
    await sleep(1000);
    return {
      startMs,
      spreadMs: spanMs(first[0].ns, first.at(-1).ns),
      backMs: summarize(backs).median,
      residentMb: weighMb(withHelpers(pid, command[0])),
      processes: helpers.length,
      idleCpuPercent,
      startDelayMs,
      killDelayMs: mostDelayMs(folder, pid, killedFrom),
    };
  } finally {
    await endAll(folder, [pid]);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Without the watch over the event loop, which would be most of it. */
async function idleCpu(folder, helpers) {
  const marker = join(folder, 'idle');
  writeFileSync(marker, '');
  await sleep(WATCH_ENDS_MS);
  const percent = await cpuPercent(helpers, IDLE_SECONDS);
  rmSync(marker);
  await sleep(WATCH_ENDS_MS);
  return percent;
}

async function killAll(stamps, supervisor) {
  const before = newest(stamps);
  const killedAt = process.hrtime.bigint();
  for (const { pid } of before.values()) process.kill(pid, 'SIGKILL');
  const old = new Set([...before.values()].map(({ pid }) => pid));
  await allThere(stamps, old, supervisor);
  const lastNs = [...newest(stamps).values()].reduce((last, { ns }) => (ns > last ? ns : last), 0n);
  await sleep(SETTLE_MS);
  return spanMs(killedAt, lastNs);
}

function newest(stamps) {
  return new Map(readStamps(stamps).map((stamp) => [stamp.id, stamp]));
}

async function allThere(stamps, old, supervisor) {
  const areThere = () => {
    const now = newest(stamps);
    return now.size === AGENTS && [...now.values()].every(({ pid }) => !old.has(pid));
  };
  // Seldom: a reader that asks all the time takes the CPU from what it measures; the stamps tell the time.
  if (!(await until(areThere, 60_000, 50)))
    throw new Error(`${supervisor.name} did not bring all ${AGENTS} up`);
}

const spanMs = (from, to) => Number(to - from) / 1e6;

/** The supervisor and whatever it runs beside its agents. */
function withHelpers(pid, agentProgram) {
  return [...readProcesses().values()]
    .filter((row) => row.pid === pid || row.parent === pid)
    .map((row) => row.pid)
    .filter((each) => !readOr(`/proc/${each}/cmdline`, '').startsWith(agentProgram));
}

const weighMb = (pids) => pids.reduce((sum, pid) => sum + (residentMb(pid) || 0), 0);

function mostDelayMs(folder, pid, since) {
  const delays = readOr(join(folder, `delay-${pid}`), '')
    .split('\n')
    .filter((line) => line.includes(' '))
    .map((line) => line.split(' '))
    .filter(([ns]) => BigInt(ns) >= since)
    .map(([, ms]) => Number(ms));
  return delays.length === 0 ? Number.NaN : Math.max(...delays);
}
