// kill -9 of the supervisor itself: do its agents live on, and what does its next life do with them?
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { countKept, endAll, isAlive, readStamps, until } from './measure.mjs';

const AGENTS = 5;

export async function measureAdoption(supervisors, command) {
  console.log(
    `\nafter kill -9 of the supervisor and its restart, of ${AGENTS} agents   kept  doubled  missing`,
  );
  const results = [];
  for (const supervisor of supervisors) {
    const outcome = await measure(supervisor, command);
    const cells = [outcome.kept, outcome.doubled, outcome.missing]
      .map((value) => String(value).padStart(6))
      .join('  ');
    console.log(`  ${supervisor.name.padEnd(58)} ${cells}`);
    results.push({ part: 'adoption', supervisor: supervisor.name, ...outcome });
    if (supervisor === supervisors[0]) {
      const isKept = outcome.kept === AGENTS && outcome.doubled === 0 && outcome.missing === 0;
      console.log(`  ${isKept ? '✓' : '✗'} every agent with its old pid, 0 doubled`);
      results.push({ mark: 'every agent with its old pid, 0 doubled', isKept });
    }
  }
  return results;
}

async function measure(supervisor, command) {
  const folder = mkdtempSync(join(tmpdir(), 'dreamnet-bench-'));
  const stamps = join(folder, 'stamps');
  const first = await supervisor.start([...command, stamps, '{id}'], folder, AGENTS);
  const ids = () => new Set(readStamps(stamps).map((stamp) => stamp.id));
  let second = 0;
  try {
    if (!(await until(() => ids().size === AGENTS, 30_000)))
      throw new Error(`${supervisor.name} started too few`);
    await sleep(1500);
    const before = readStamps(stamps).filter(({ pid }) => isAlive(pid));
    process.kill(first, 'SIGKILL');
    await sleep(1000);
    second = await supervisor.resume(folder);
    await sleep(4000);
    const after = readStamps(stamps).filter(({ pid }) => isAlive(pid));
    return countKept(before, after, AGENTS);
  } finally {
    await endAll(
      folder,
      [first, second].filter((pid) => pid > 0),
    );
    rmSync(folder, { recursive: true, force: true });
  }
}
