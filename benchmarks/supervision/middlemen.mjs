// Whatever small process stands between a supervisor and its agents, beside or above: killed with SIGKILL, does it double
// an agent, or leave one that nobody looks after?
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { countKept, endAll, isAlive, readStamps, until } from './measure.mjs';

const AGENTS = 5;
/** Past every throttle, and until a supervisor has looked again. */
const SETTLE_MS = 6000;

export async function measureMiddlemen(supervisors, command, mark) {
  console.log(
    `\nkill -9 of what stands between, of ${AGENTS} agents        kept  doubled  missing  restarted after`,
  );
  const results = [];
  for (const supervisor of supervisors) {
    if (supervisor.between === undefined)
      console.log(`  ${supervisor.name.padEnd(46)} nothing stands between`);
    for (const middleman of supervisor.between ?? []) {
      const outcome = await measure(supervisor, middleman, command);
      const cells = [outcome.kept, outcome.doubled, outcome.missing, outcome.cared]
        .map((value) => String(value).padStart(6))
        .join('   ');
      console.log(`  ${`${supervisor.name}: ${middleman.what}`.padEnd(46)} ${cells}`);
      results.push({ part: 'between', supervisor: supervisor.name, killed: middleman.what, ...outcome });
    }
  }
  const ours = results.filter(({ supervisor }) => supervisor === supervisors[0].name);
  const isKept = ours.every(({ kept, doubled, missing, cared }) =>
    [kept === AGENTS, doubled === 0, missing === 0, cared === AGENTS].every(Boolean),
  );
  return [
    ...results,
    mark('killing any of ours doubles and loses nothing, and all are looked after', isKept),
  ];
}

async function measure(supervisor, middleman, command) {
  const folder = mkdtempSync(join(tmpdir(), 'dreamnet-bench-'));
  const stamps = join(folder, 'stamps');
  const supervisorPid = await supervisor.start([...command, stamps, '{id}'], folder, AGENTS);
  try {
    const areThere = () => new Set(living(stamps).map(({ id }) => id)).size === AGENTS;
    if (!(await until(areThere, 30_000))) throw new Error(`${supervisor.name} started too few`);
    await sleep(2000);
    const before = living(stamps);
    for (const pid of middleman.find(folder, supervisorPid)) process.kill(pid, 'SIGKILL');
    await middleman.resume?.(folder);
    await sleep(SETTLE_MS);
    const seen = countKept(before, living(stamps), AGENTS);
    return { ...seen, cared: await countCared(stamps) };
  } finally {
    await endAll(folder, [supervisorPid]);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Agents that come back when all of their processes are killed now. */
async function countCared(stamps) {
  const old = new Set(living(stamps).map(({ pid }) => pid));
  for (const pid of old) process.kill(pid, 'SIGKILL');
  // A killed process is seen for a moment longer: only new ones count.
  const back = () =>
    new Set(
      living(stamps)
        .filter(({ pid }) => !old.has(pid))
        .map(({ id }) => id),
    ).size;
  await until(() => back() === AGENTS, SETTLE_MS, 50);
  return back();
}

const living = (stamps) => readStamps(stamps).filter(({ pid }) => isAlive(pid));
