// Thousands of starts and crashes: what of them is left in memory, descriptors, control groups and files afterwards?
import { mkdtempSync, readdirSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createSupervisor } from '@dreamnet/supervisor';
import { readOr, readProcesses, residentMb } from './measure.mjs';

const AGENTS = 20;
/** Until then caches fill, code is compiled and V8's heap takes the size it keeps: what grows afterwards would grow for ever. */
const WARM_UP = 3000;
const LIMITS = { growthMb: 10, liveMb: 2, spawnerGrowthMb: 1 };

export async function measureSoak(starts, mark) {
  console.log(`\n${starts} starts and crashes, after ${WARM_UP} to warm up      before   after`);
  const folder = mkdtempSync(join(tmpdir(), 'dreamnet-bench-'));
  const counted = { starts: 0 };
  const supervisor = createSupervisor({
    instanceId: `soak-${process.pid}`,
    store: forgetfulStore(),
    logDir: join(folder, 'logs'),
    publish: (type) => {
      if (type === 'process.started') counted.starts += 1;
    },
  });
  try {
    await supervisor.start();
    await Promise.all(Array.from({ length: AGENTS }, (_, at) => supervisor.launch(specOf(`a${at}`, folder))));
    while (counted.starts < WARM_UP) await sleep(50);
    const before = await takeStock(folder);
    while (counted.starts < WARM_UP + starts) await sleep(50);
    const after = await takeStock(folder);
    return report(before, after, mark);
  } finally {
    await supervisor.shutdown({ leaveRunning: false, deadlineMs: 0 });
    rmSync(folder, { recursive: true, force: true });
  }
}

const specOf = (id, folder) => ({
  id,
  command: ['/bin/false'],
  cwd: folder,
  env: { PATH: '/usr/bin:/bin' },
  stdio: 'log',
  restart: {
    ...{ type: 'permanent', intensity: 1_000_000, periodMs: 10_000, halfOpenAfterMs: 1000 },
    backoff: { initialMs: 1, maxMs: 1, resetAfterMs: 0 },
  },
  resources: { pids: 64 },
  stopDeadlineMs: 1000,
});

/** What is measured is the supervisor, not a database. */
function forgetfulStore() {
  const nothing = async () => undefined;
  return {
    commit: nothing,
    read: nothing,
    scan: async () => [],
    readJournal: async () => [],
    close: nothing,
  };
}

/** What is garbage is no leak. */
async function collectGarbage() {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  for (let round = 0; round < 3; round += 1) {
    await sleep(200);
    collect();
  }
}

async function takeStock(folder) {
  await collectGarbage();
  const spawner = [...readProcesses().keys()].find((pid) => {
    const words = readOr(`/proc/${pid}/cmdline`, '').split('\0');
    return words.includes(folder) && words.some((word) => word.endsWith('/spawner.py'));
  });
  return {
    'memory of this program, MB': residentMb(process.pid),
    'of it alive in the heap, MB': process.memoryUsage().heapUsed / 2 ** 20,
    'memory of the spawner, MB': spawner === undefined ? Number.NaN : residentMb(spawner),
    'descriptors of this program': countDescriptors('self'),
    'descriptors of the spawner': spawner === undefined ? Number.NaN : countDescriptors(spawner),
    'control groups': countGroups(),
    files: readdirSync(folder, { recursive: true }).length,
    'bytes of the file of ends': sizeOf(join(folder, 'exits')),
  };
}

/** Of its own kinds: what a start needs for a moment comes and goes. */
function countDescriptors(pid) {
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => {
    try {
      return !/pidfd|\/proc\//.test(readlinkSync(`/proc/${pid}/fd/${fd}`));
    } catch {
      return false; // closed meanwhile
    }
  }).length;
}

function countGroups() {
  const mine = readOr('/proc/self/cgroup', '').includes('0::/') ? ['/sys/fs/cgroup'] : [];
  const roots = [...mine, '/sys/fs/cgroup/pids', '/sys/fs/cgroup/unified'];
  return roots.flatMap((root) => listOr(join(root, `dreamnet-soak-${process.pid}`))).length;
}

function listOr(folder) {
  try {
    return readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  } catch {
    return []; // not mounted, or none made here
  }
}

function sizeOf(path) {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function report(before, after, mark) {
  for (const [what, was] of Object.entries(before))
    console.log(`  ${what.padEnd(40)} ${was.toFixed(1).padStart(10)} ${after[what].toFixed(1).padStart(10)}`);
  const grown = (what) => after[what] - before[what];
  return [
    { part: 'soak', before, after },
    mark(
      `this program grows by at most ${LIMITS.growthMb} MB`,
      grown('memory of this program, MB') <= LIMITS.growthMb,
    ),
    mark(
      `its live heap grows by at most ${LIMITS.liveMb} MB`,
      grown('of it alive in the heap, MB') <= LIMITS.liveMb,
    ),
    mark(
      `the spawner grows by at most ${LIMITS.spawnerGrowthMb} MB`,
      grown('memory of the spawner, MB') <= LIMITS.spawnerGrowthMb,
    ),
    mark(
      'no descriptor is left open',
      grown('descriptors of this program') <= 0 && grown('descriptors of the spawner') <= 0,
    ),
    mark('no control group and no file is left', grown('control groups') <= 0 && grown('files') <= 0),
    mark('the file of ends stays below 1.1 MiB', after['bytes of the file of ends'] <= 1.1 * 1024 * 1024),
  ];
}
