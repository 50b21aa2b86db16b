// What the daemon weighs: with no agent, with 200 tiny ones, and after all of them were killed and came back, with health,
// logs and history as they are by default; and the CPU time it takes until it is ready.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endAll, readOr, readProcesses, readStamps, residentMb, summarize, until } from './measure.mjs';
import { dreamnet } from './supervisors.mjs';

const AGENTS = 200;
const STARTS = 5;
const KILLS = 3;
/** Until the start's garbage was collected. */
const SETTLE_MS = 5000;
const LIMITS = { residentMb: 90, perProcessKib: 2048, readyCpuMs: 500 };
/** Linux counts the CPU time of a process in hundredths of a second. */
const TICK_MS = 10;

export async function measureWeight(command, mark) {
  const alone = await weigh(command, 0);
  const readyCpuMs = summarize(await readyCpu(command)).median;
  const { restMb: startedMb, afterKillsMb } = await weigh(command, AGENTS);
  const perProcessKib = ((afterKillsMb - alone.restMb) * 1024) / AGENTS;
  console.log(`\nweight of the daemon (MB resident)
  no agent                              ${alone.restMb.toFixed(0).padStart(6)}
  ${AGENTS} tiny agents                       ${startedMb.toFixed(0).padStart(6)}
  ${AGENTS}, after all crashed ${KILLS} times       ${afterKillsMb.toFixed(0).padStart(6)}
  per supervised process, KiB           ${perProcessKib.toFixed(0).padStart(6)}
  CPU until ready without agents, ms    ${readyCpuMs.toFixed(0).padStart(6)}`);
  return [
    { part: 'weight', aloneMb: alone.restMb, startedMb, afterKillsMb, perProcessKib, readyCpuMs },
    mark(`memory with ${AGENTS}: at most ${LIMITS.residentMb} MB`, afterKillsMb <= LIMITS.residentMb),
    mark(
      `overhead per supervised process: at most ${LIMITS.perProcessKib} KiB`,
      perProcessKib <= LIMITS.perProcessKib,
    ),
    mark(`CPU until ready: at most ${LIMITS.readyCpuMs} ms`, readyCpuMs <= LIMITS.readyCpuMs),
  ];
}

/** Starts a daemon with so many agents, hands it to `look`, and ends both. */
async function withDaemon({ command, count }, look) {
  const folder = mkdtempSync(join(tmpdir(), 'dreamnet-bench-'));
  const stamps = join(folder, 'stamps');
  const pid = await dreamnet.start([...command, stamps, '{id}'], folder, count);
  try {
    const { url } = JSON.parse(readOr(join(folder, 'state', 'daemon.json'), '{}'));
    if (!(await until(() => isReady(url), 60_000)))
      throw new Error('the daemon was not ready within a minute');
    return await look({ pid, stamps });
  } finally {
    await endAll(folder, [pid]);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function isReady(url) {
  return (await fetch(`${url}/readyz`).catch(() => undefined))?.ok === true;
}

async function readyCpu(command) {
  const found = [];
  for (let start = 0; start < STARTS; start += 1)
    found.push(
      await withDaemon(
        { command, count: 0 },
        ({ pid }) => (readProcesses().get(pid)?.ticks ?? Number.NaN) * TICK_MS,
      ),
    );
  return found;
}

function weigh(command, count) {
  return withDaemon({ command, count }, async ({ pid, stamps }) => {
    await sleep(SETTLE_MS);
    const restMb = residentMb(pid);
    for (let kill = 0; count > 0 && kill < KILLS; kill += 1) {
      await killAll(stamps, count);
      await sleep(SETTLE_MS);
    }
    return { restMb, afterKillsMb: residentMb(pid) };
  });
}

async function killAll(stamps, count) {
  const newest = () => new Map(readStamps(stamps).map(({ id, pid }) => [id, pid]));
  const before = newest();
  for (const pid of before.values()) process.kill(pid, 'SIGKILL');
  const areBack = () => [...newest()].filter(([id, pid]) => before.get(id) !== pid).length === count;
  if (!(await until(areBack, 60_000, 50))) throw new Error(`not all ${count} came back`);
}
