// Readings every part of this benchmark shares: stamps, processes, statistics, a quiet machine.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What the agents wrote, oldest first. */
export function readStamps(file) {
  const text = readOr(file, '');
  return text
    .split('\n')
    .filter((line) => line.split(' ').length === 3)
    .map((line) => {
      const [id, pid, ns] = line.split(' ');
      return { id: Number(id), pid: Number(pid), ns: BigInt(ns) };
    });
}

/** Asks until it gets something truthy; undefined when the time is up. */
export async function until(ask, limitMs, everyMs = 2) {
  const end = performance.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (performance.now() > end) return undefined;
    await sleep(everyMs);
  }
}

export function readOr(file, otherwise) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return otherwise;
  }
}

/** pid → parent, state, CPU ticks. */
export function readProcesses() {
  const table = new Map();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = readOr(`/proc/${entry}/stat`, '');
    if (stat === '') continue;
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const pid = Number(entry);
    table.set(pid, {
      pid,
      parent: Number(fields[1]),
      state: fields[0],
      ticks: Number(fields[11]) + Number(fields[12]),
    });
  }
  return table;
}

export function isAlive(pid) {
  const stat = readOr(`/proc/${pid}/stat`, '');
  return stat !== '' && stat.slice(stat.lastIndexOf(')') + 2)[0] !== 'Z';
}

/**
 * Every process of a run: by its command line, its working folder, or a variable. A supervisor that hands on nothing
 * leaves only the working folder to know its agents by.
 */
export function findProcessesIn(folder) {
  return [...readProcesses().keys()].filter(
    (pid) =>
      pid !== process.pid &&
      (readOr(`/proc/${pid}/cmdline`, '').includes(folder) ||
        folderOf(pid).startsWith(folder) ||
        readOr(`/proc/${pid}/environ`, '').includes(`BENCH_FOLDER=${folder}\0`)),
  );
}

function folderOf(pid) {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}

/** Ends what a run started, the supervisor first so that nothing is started again meanwhile. */
export async function endAll(folder, first = []) {
  for (const pid of first) killQuietly(pid);
  for (let round = 0; round < 10; round += 1) {
    const left = findProcessesIn(folder);
    if (left.length === 0) return;
    for (const pid of left) killQuietly(pid);
    await sleep(100);
  }
}

function killQuietly(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

export function residentMb(pid) {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readOr(`/proc/${pid}/status`, ''))?.[1] ?? Number.NaN) / 1024;
}

/** Share of one core that processes use together over `seconds`, in percent. Ticks are hundredths of a second on Linux. */
export async function cpuPercent(pids, seconds) {
  const ticks = () => {
    const table = readProcesses();
    return pids.reduce((sum, pid) => sum + (table.get(pid)?.ticks ?? Number.NaN), 0);
  };
  const before = ticks();
  const startedMs = performance.now();
  await sleep(seconds * 1000);
  return ((ticks() - before) * 10 * 100) / (performance.now() - startedMs);
}

export function summarize(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  const middle = sorted.length / 2;
  const median =
    sorted.length % 2 === 1 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { count: sorted.length, min: sorted[0], median, p90: at(0.9), max: sorted.at(-1) };
}

/** Other work on the machine makes timings lie: waits until the cores are nearly idle for a second. */
export async function waitQuiet(limitMs = 30_000) {
  const read = () => {
    const numbers = readOr('/proc/stat', '').split('\n')[0].trim().split(/\s+/).slice(1).map(Number);
    return { idle: numbers[3] + numbers[4], all: numbers.reduce((sum, value) => sum + value, 0) };
  };
  const end = performance.now() + limitMs;
  for (;;) {
    const before = read();
    await sleep(1000);
    const after = read();
    const busy = 1 - (after.idle - before.idle) / (after.all - before.all);
    if (busy < 0.12 || performance.now() > end) return Math.round(busy * 100);
  }
}

/** @returns What became of agents with the ids 0 to `count - 1`, by the stamps of those that lived before and live after. */
export function countKept(before, after, count) {
  const perId = new Map();
  for (const { id } of after) perId.set(id, (perId.get(id) ?? 0) + 1);
  return {
    kept: before.filter(({ pid }) => after.some((stamp) => stamp.pid === pid)).length,
    doubled: [...perId.values()].filter((instances) => instances > 1).length,
    missing: count - perId.size,
  };
}

/** A port of this machine that nobody uses now. */
export function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
