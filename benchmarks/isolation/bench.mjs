// What keeping an agent apart adds to its start: from the call to the first instruction of the program, by level.
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSupervisor } from '@dreamnet/supervisor';
import { summarize } from '../supervision/measure.mjs';

const MARK_MS = 20;
const NANOSECONDS = 1e6;
const apart = (level, network) => ({ level, isRequired: true, paths: [], network });
const LEVELS = {
  none: undefined,
  process: apart('process', { access: 'host' }),
  'sandbox, network host': apart('sandbox', { access: 'host' }),
  'sandbox, network none': apart('sandbox', { access: 'none' }),
  'sandbox, allow-list': apart('sandbox', { access: 'allow-list', allow: ['localhost:9999'] }),
  ...(process.getuid() === 0 && {
    'sandbox, allow-list, own user': {
      ...apart('sandbox', { access: 'allow-list', allow: ['localhost:9999'] }),
      user: 'dynamic',
    },
  }),
};

export async function run(options) {
  const at = options.indexOf('--starts');
  const starts = at < 0 ? 40 : Number(options[at + 1]);
  console.log(
    `${cpus()[0]?.model ?? 'cpu'} x ${cpus().length}, Node ${process.version}, ${starts} starts each\n`,
  );
  const folder = mkdtempSync(join(tmpdir(), 'dreamnet-bench-'));
  // An agent with a user of its own works in it.
  chmodSync(folder, 0o755);
  const supervisor = makeSupervisor(folder);
  await supervisor.start();
  try {
    const times = await measure(supervisor, folder, starts);
    return report(times, options.includes('--json'));
  } finally {
    await supervisor.shutdown({ leaveRunning: false, deadlineMs: 0 });
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Nothing of it needs to last. */
function makeSupervisor(folder) {
  const store = {
    commit: async () => undefined,
    read: async () => undefined,
    scan: async () => [],
    readJournal: async () => [],
    close: async () => undefined,
  };
  return createSupervisor({
    ...{ instanceId: `bench-${process.pid}`, store, logDir: join(folder, 'logs'), publish: () => undefined },
    isolation: { searchPath: process.env.PATH ?? '' },
  });
}

/** Levels take turns, so that a noisy moment of the machine falls on all of them. */
async function measure(supervisor, folder, starts) {
  const times = Object.fromEntries(Object.keys(LEVELS).map((name) => [name, []]));
  for (let turn = -1; turn < starts; turn += 1)
    for (const [name, isolation] of Object.entries(LEVELS)) {
      const one = await startOnce(
        supervisor,
        specOf(folder, `a${Object.keys(times).indexOf(name)}`, isolation),
      );
      // The first turn looks up what there is.
      if (turn >= 0) times[name].push(one);
    }
  return times;
}

async function startOnce(supervisor, spec) {
  const calledMs = performance.timeOrigin + performance.now();
  await supervisor.launch(spec);
  for (;;) {
    const line = (await supervisor.readLog(spec.id, { stream: 'out', lines: 1 }))[0];
    const saidMs = Number(line) / NANOSECONDS;
    if (saidMs > calledMs) {
      const cpuMs = cpuOf(supervisor.get(spec.id)?.identity?.pid);
      await supervisor.stop(spec.id, 0);
      return { tookMs: saidMs - calledMs, cpuMs };
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/**
 * What the processes of its session have used of the processor by now, ms. It does not grow with what else the machine does;
 * helpers that have ended meanwhile are missing, about 0.3 ms.
 */
function cpuOf(session) {
  const numbers = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const used = numbers.map((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      const isOurs = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3]) === session;
      return isOurs ? Number(readFileSync(`/proc/${pid}/schedstat`, 'latin1').split(' ')[0]) : 0;
    } catch {
      return 0; // ended between the two
    }
  });
  return used.reduce((sum, one) => sum + one, 0) / NANOSECONDS;
}

/** Tells when it began, and stays. */
function specOf(folder, id, isolation) {
  return {
    ...{
      id,
      command: ['sh', '-c', 'date +%s%N; exec sleep 1000'],
      cwd: folder,
      stdio: 'log',
      stopDeadlineMs: 0,
    },
    env: { PATH: '/usr/bin:/bin' },
    restart: {
      ...{ type: 'temporary', intensity: 0, periodMs: 1000, halfOpenAfterMs: 1000 },
      backoff: { initialMs: 0, maxMs: 0, resetAfterMs: 0 },
    },
    ...(isolation && { isolation }),
  };
}

function report(times, isJson) {
  console.log(
    'call → first instruction of the program, ms      min median    p90    max    added  added to min  CPU  added',
  );
  const [load = 0] = loadavg();
  const tookOf = (name) => summarize(times[name].map(({ tookMs }) => tookMs));
  const cpuOfLevel = (name) => summarize(times[name].map(({ cpuMs }) => cpuMs)).median;
  const plain = tookOf('none');
  const results = Object.keys(times).map((name) => {
    const { min, median, p90, max } = tookOf(name);
    const cpuMs = cpuOfLevel(name);
    const addedCpuMs = cpuMs - cpuOfLevel('none');
    const addedMs = median - plain.median;
    // What a busy machine adds falls on the median; the quickest of many starts was hardly disturbed.
    const addedToMinMs = min - plain.min;
    const isKept = addedMs <= MARK_MS;
    const cells = [min, median, p90, max].map((value) => value.toFixed(1).padStart(6)).join(' ');
    console.log(
      `  ${isKept ? '✓' : '✗'} ${name.padEnd(40)} ${cells}   ${addedMs.toFixed(1).padStart(6)}  ${addedToMinMs.toFixed(1).padStart(6)}        ${cpuMs.toFixed(1).padStart(4)}  ${addedCpuMs.toFixed(1).padStart(5)}`,
    );
    return {
      part: 'start',
      level: name,
      min,
      addedToMinMs,
      median,
      p90,
      max,
      addedMs,
      cpuMs,
      addedCpuMs,
      isKept,
    };
  });
  if (load > cpus().length)
    console.log(
      `\nThe machine had ${load.toFixed(1)} to run on ${cpus().length} processors: what was added is mostly waiting; CPU is what it costs.`,
    );
  const missed = results.filter(({ isKept }) => !isKept).length;
  console.log(missed === 0 ? `\nEvery level adds ${MARK_MS} ms at most.` : `\n${missed} mark(s) missed.`);
  if (isJson) console.log(JSON.stringify(results, null, 2));
  return missed === 0 ? 0 : 1;
}
