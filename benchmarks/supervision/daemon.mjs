// The daemon on the example fleet: time to /readyz, memory, and what it uses when nothing happens.
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { cpuPercent, endAll, readOr, residentMb, until, waitQuiet } from './measure.mjs';
import { dreamnet } from './supervisors.mjs';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const MARKS = { readyMs: 2000, residentMb: 150, idleCpuPercent: 1 };
const IDLE_SECONDS = 20;
/** Until then the engine still compiles and collects what the start left: what is idle shows after. */
const WARM_UP_MS = 30_000;

export async function measureDaemon() {
  const folder = mkdtempSync(join(tmpdir(), 'dreamnet-bench-'));
  cpSync(join(REPOSITORY, 'examples', 'fleet'), folder, {
    recursive: true,
    filter: (path) => !/node_modules|data$|out$/.test(path),
  });
  symlinkSync(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules'));
  await waitQuiet();
  const startedMs = performance.now();
  const pid = await dreamnet.resume(folder);
  try {
    const isReady = await until(() => asksReady(folder), 20_000, 5);
    if (!isReady)
      throw new Error(`the daemon was never ready: ${readOr(join(folder, 'supervisor.log'), '')}`);
    const readyMs = performance.now() - startedMs;
    await sleep(WARM_UP_MS);
    const idleCpuPercent = await cpuPercent([pid], IDLE_SECONDS);
    return report({ readyMs, residentMb: residentMb(pid), idleCpuPercent });
  } finally {
    await endAll(folder, [pid]);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function asksReady(folder) {
  const record = readOr(join(folder, 'state', 'daemon.json'), '');
  if (record === '') return false;
  const answer = await fetch(`${JSON.parse(record).url}/readyz`).catch(() => undefined);
  return answer?.status === 200;
}

function report(seen) {
  console.log('\nthe daemon on the example fleet');
  const lines = [
    ['readyMs', 'start to /readyz 200', 'ms'],
    ['residentMb', 'resident memory', 'MB'],
    ['idleCpuPercent', `CPU of one core, idle for ${IDLE_SECONDS} s`, '%'],
  ];
  return lines.map(([key, label, unit]) => {
    const isKept = seen[key] <= MARKS[key];
    console.log(
      `  ${isKept ? '✓' : '✗'} ${label.padEnd(40)} ${seen[key].toFixed(1)} ${unit} (mark: ${MARKS[key]} ${unit})`,
    );
    return { part: 'daemon', mark: label, value: seen[key], unit, isKept };
  });
}
