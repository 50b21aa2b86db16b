// What one look at the use of a fleet costs: CPU, memory, io, processes and open files of 200 trees of one process, and
// of as many trees of three. Told as CPU time of this process, for a busy machine lengthens the time on the clock.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSupervisor } from '@dreamnet/supervisor';
import { summarize } from './measure.mjs';

const AGENTS = 200;
const ROUNDS = 40;
/** The mark, and how old a reading must be before a new one is made. */
const MARK_MS = 5;
const ROUND_AGE_MS = 520;

export async function measureSampling(mark) {
  console.log(`\nuse of ${AGENTS} agents, one round: ms of CPU time   median    p90    max   on the clock`);
  const idle = await measureRounds(['sleep', '1000']);
  show('a process each', idle);
  const trees = await measureRounds(['sh', '-c', 'sleep 1000 & sleep 1000 & wait']);
  show('three processes each', trees);
  const restless = await measureRounds(['sleep', '1000'], { isRestless: true });
  show('a process each, others come and go', restless);
  show('reading /proc plainly, for comparison', await measurePlainly(['sleep', '1000']));
  return [
    { part: 'sampling', agents: AGENTS, idle, trees, restless },
    mark(`a round of ${AGENTS} processes: at most ${MARK_MS} ms`, idle.cpu.median <= MARK_MS),
    mark(`the same while other processes come and go: at most ${MARK_MS} ms`, restless.cpu.median <= MARK_MS),
  ];
}

/** All agents are asked, as `top` and the history do; one reading serves them all. */
async function measureRounds(command, { isRestless = false } = {}) {
  return withFleet(command, async (supervisor, names) => {
    const stop = isRestless ? startOthers() : () => undefined;
    try {
      return await measure(() => {
        for (const name of names) supervisor.usage(name);
      });
    } finally {
      stop();
    }
  });
}

/** What each agent's stat, io and descriptors cost when every file is opened anew. */
async function measurePlainly(command) {
  return withFleet(command, async (supervisor, names) => {
    const pids = names.map((name) => supervisor.get(name).identity.pid);
    return measure(() => {
      for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)))
        if (pids.includes(Number(pid)))
          for (const file of ['stat', 'io']) readFileSync(`/proc/${pid}/${file}`, 'latin1').split(' ');
      for (const pid of pids) readdirSync(`/proc/${pid}/fd`);
    });
  });
}

async function measure(round) {
  const cpu = [];
  const clock = [];
  for (let count = 0; count < ROUNDS; count += 1) {
    await sleep(ROUND_AGE_MS);
    const before = process.cpuUsage();
    const startedMs = performance.now();
    round();
    clock.push(performance.now() - startedMs);
    const { user, system } = process.cpuUsage(before);
    cpu.push((user + system) / 1000);
  }
  return { cpu: summarize(cpu), clock: summarize(clock) };
}

async function withFleet(command, use) {
  const folder = mkdtempSync(join(tmpdir(), 'dreamnet-bench-'));
  const values = new Map();
  const store = {
    commit: async (writes) => {
      for (const write of writes) write.op === 'put' && values.set(write.key, write.value);
    },
    read: async (_, key) => values.get(key),
    scan: async () => [],
    readJournal: async () => [],
    close: async () => undefined,
  };
  const supervisor = createSupervisor({
    instanceId: `bench-${process.pid}`,
    ...{ store, logDir: join(folder, 'logs'), publish: () => undefined },
  });
  await supervisor.start();
  const names = Array.from({ length: AGENTS }, (_, index) => `a${index}`);
  try {
    await Promise.all(names.map((name) => supervisor.launch(specOf(name, command, folder))));
    await sleep(500);
    return await use(supervisor, names);
  } finally {
    await supervisor.shutdown({ leaveRunning: false, deadlineMs: 0 });
    rmSync(folder, { recursive: true, force: true });
  }
}

function specOf(id, command, cwd) {
  return {
    ...{ id, command, cwd, env: { PATH: '/usr/bin:/bin' }, stdio: 'log', stopDeadlineMs: 0 },
    restart: {
      ...{ type: 'permanent', intensity: 5, periodMs: 30_000, halfOpenAfterMs: 60_000 },
      backoff: { initialMs: 100, maxMs: 1000, resetAfterMs: 60_000 },
    },
  };
}

/** Some twenty processes a second that are none of ours. */
function startOthers() {
  const child = spawn('sh', ['-c', 'while :; do sleep 0.05; done'], { stdio: 'ignore', detached: true });
  return () => process.kill(-child.pid, 'SIGKILL');
}

function show(label, { cpu, clock }) {
  const cells = [cpu.median, cpu.p90, cpu.max].map((value) => value.toFixed(2).padStart(6)).join(' ');
  console.log(`  ${label.padEnd(50)} ${cells}   ${clock.median.toFixed(2).padStart(6)}`);
}
