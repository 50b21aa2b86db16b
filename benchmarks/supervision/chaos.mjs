// Hundreds of kills at random moments, of the daemon and of everything it leans on. Nothing may be doubled, lost or orphaned,
// and the daemon may not say "running" of a process that is dead. The moments come from a seed, the machine's part does not.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chooseBlow, isDaemon } from './chaos-blows.mjs';
import { isWithin, startTicks, takeCensus, writeFleet } from './chaos-fleet.mjs';
import { endAll, until } from './measure.mjs';
import { askDaemon, background, daemonPid, downCommand, findHelpers, upCommand } from './supervisors.mjs';

const ROUNDS_PER_INSPECTION = 10;
/** A kill comes at any moment of a start, an adoption, a restart; every other one finds a daemon that is up. */
const PAUSES_MS = [800, 4000];
/** The keeper waits longer after each quick death; then somebody types `up --keep` again. */
const PATIENCE_MS = 700;
const SETTLES_WITHIN_MS = 60_000;
/** What the kernel takes to end a sandbox, and a daemon to tell a death: what lasts longer is counted. */
const MOMENT_MS = 500;
const LONGEST_LIE_MS = 10_000;
/** A spawner that is stopped, not killed, is asked every two seconds and given up after three; it tells of no end meanwhile. */
const STOPPED_IS_SEEN_WITHIN_MS = 6000;

export async function measureChaos({ rounds, seed, agentProgram }, mark) {
  const chaos = await begin(agentProgram, seed);
  console.log(
    `\nchaos: ${rounds} kills at random moments, 20 agents${chaos.isSandboxed ? '' : ' (no bubblewrap: none sandboxed)'}, seed ${seed}`,
  );
  try {
    await inspect(chaos, 0);
    const watch = watchDoubles(chaos);
    for (let round = 1; round <= rounds; round += 1) {
      await strike(chaos);
      if (round % ROUNDS_PER_INSPECTION === 0 || round === rounds) await inspect(chaos, round);
    }
    await watch.stop();
    const left = await end(chaos);
    return report(chaos, left, mark);
  } finally {
    await endAll(chaos.folder, [daemonPid(chaos.folder)].filter(Boolean));
    if (chaos.findings.length === 0) rmSync(chaos.folder, { recursive: true, force: true });
    else console.log(`  kept for looking at: ${chaos.folder}`);
  }
}

async function begin(agentProgram, seed) {
  const folder = mkdtempSync(join(tmpdir(), 'dreamnet-bench-'));
  const fleet = writeFleet(folder, agentProgram);
  const chaos = {
    ...{ folder, ...fleet, random: randomOf(seed), findings: [], struck: new Map() },
    ...{ rounds: 0, statements: 0, longestLieMs: 0, stoppedMs: Number.NEGATIVE_INFINITY },
    api: (path, method) => askDaemon(folder, path, method),
  };
  up(chaos);
  return chaos;
}

function up({ folder, searchPath }) {
  return background(folder, process.execPath, [...upCommand(folder), '--keep'], { PATH: searchPath });
}

async function strike(chaos) {
  const { random, struck } = chaos;
  const blow = chooseBlow(random);
  const hit = await blow.strike(chaos);
  const seen = struck.get(blow.name) ?? { times: 0, killed: 0 };
  struck.set(blow.name, { times: seen.times + 1, killed: seen.killed + hit });
  chaos.lastBlow = blow.name;
  if (blow.name === 'spawner stopped' && hit > 0) chaos.stoppedMs = performance.now();
  chaos.rounds += 1;
  await sleep(random() * PAUSES_MS[chaos.rounds % PAUSES_MS.length]);
  await bringBack(chaos);
  await checkStatements(chaos);
}

async function bringBack(chaos) {
  const { folder } = chaos;
  const isThere = () => isDaemon(daemonPid(folder) ?? 0);
  if (isThere() || (await until(isThere, PATIENCE_MS, 20))) return;
  up(chaos);
}

/** Running with a pid that is dead, now and a moment later, is a lie; how long it lasts is told. */
async function checkStatements(chaos) {
  const dead = await deadRunning(chaos);
  if (dead.length === 0) return;
  const startedMs = performance.now();
  const isTold = async () => {
    const now = await deadRunning(chaos);
    return !dead.some((one) => now.includes(one));
  };
  await until(isTold, LONGEST_LIE_MS, 50);
  const lastedMs = performance.now() - startedMs;
  if (startedMs - chaos.stoppedMs < STOPPED_IS_SEEN_WITHIN_MS) return;
  chaos.longestLieMs = Math.max(chaos.longestLieMs, lastedMs);
  if (lastedMs > MOMENT_MS)
    note(chaos, 'false statement', `for ${(lastedMs / 1000).toFixed(1)} s: ${dead.join('; ')}`);
}

async function deadRunning(chaos) {
  const answer = await chaos.api('/api/ps');
  const running = (answer?.agents ?? []).filter(({ phase, pid }) => phase === 'running' && pid);
  chaos.statements += running.length;
  return running
    .filter(({ pid }) => startTicks(pid) === undefined)
    .map(({ id, pid }) => `${id} is running with pid ${pid}`);
}

/** More of a name than there may be, the same ones now and a moment later. */
function watchDoubles(chaos) {
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      const before = excess(chaos);
      if (before.size > 0) {
        await sleep(MOMENT_MS);
        const after = excess(chaos);
        for (const [name, pids] of before)
          if (after.get(name) === pids) note(chaos, 'doubled', `${name}: ${pids}`);
      }
      await sleep(100);
    }
  })();
  return {
    stop: () => {
      isOver = true;
      return watching;
    },
  };
}

function excess({ program, expected }) {
  const found = [...takeCensus(program)].filter(([name, rows]) => rows.length > (expected.get(name) ?? 0));
  return new Map(found.map(([name, rows]) => [name, rows.map(({ pid }) => pid).join(' ')]));
}

/** Waits until the fleet is whole again; what is not then, stays so. */
async function inspect(chaos, round) {
  let wrong = [];
  const isWhole = async () => {
    wrong = await findWrong(chaos);
    return wrong.length === 0;
  };
  const started = performance.now();
  while (!(await until(isWhole, PATIENCE_MS * 2, 100)) && performance.now() - started < SETTLES_WITHIN_MS)
    await bringBack(chaos);
  for (const [kind, text] of wrong) note(chaos, kind, text);
  if (wrong.length > 0) {
    const text = JSON.stringify(await chaos.api('/api/ps'), null, 1);
    writeFileSync(join(chaos.folder, `ps-${round}.json`), text ?? '');
  }
}

async function findWrong(chaos) {
  const { program, expected, folder } = chaos;
  const census = takeCensus(program);
  const wrong = [];
  for (const [name, count] of expected) {
    const seen = census.get(name)?.length ?? 0;
    if (seen < count) wrong.push(['lost', `${name}: ${seen} of ${count}`]);
    if (seen > count) wrong.push(['doubled', `${name}: ${seen} of ${count}`]);
  }
  const agents = (await chaos.api('/api/ps'))?.agents;
  if (agents === undefined) return [...wrong, ['lost', 'no daemon answers']];
  const known = agents.filter(({ pid }) => pid);
  for (const [name, rows] of census)
    for (const { pid } of rows)
      if (
        !known.some((entry) => isWithin(pid, entry.pid) && isOfName(entry.id, name)) &&
        !name.endsWith('-child')
      )
        wrong.push(['orphaned', `${name}: pid ${pid} is none the daemon knows`]);
  for (const { id, phase, pid, replicas } of agents)
    if (!replicas && (phase !== 'running' || startTicks(pid) === undefined))
      wrong.push(['false statement', `${id} is ${phase} with pid ${pid}`]);
  const spawners = findHelpers(folder, 'spawner.py').length;
  if (spawners > 1) wrong.push(['left over', `${spawners} spawners`]);
  return wrong;
}

const isOfName = (id, name) => id === name || id.startsWith(`${name}#`);

function note(chaos, kind, text) {
  const { rounds, lastBlow } = chaos;
  console.log(`  round ${rounds}, after "${lastBlow}": ${kind}: ${text}`);
  chaos.findings.push({ kind, text, round: rounds, after: lastBlow });
}

/** Ends the fleet in order. @returns what is left of it. */
async function end({ folder, program }) {
  spawnSync(process.execPath, [...downCommand(folder)], { stdio: 'ignore' });
  const left = () => [
    ...[...takeCensus(program)].flatMap(([name, rows]) => rows.map(() => `agent ${name}`)),
    ...['spawner.py', 'keep.py', 'dreamnet.mjs'].flatMap((name) => findHelpers(folder, name).map(() => name)),
  ];
  await until(() => left().length === 0, 30_000, 100);
  return left();
}

function report(chaos, left, mark) {
  const { rounds, struck, findings, statements, longestLieMs } = chaos;
  for (const [name, { times, killed }] of [...struck].sort(([, a], [, b]) => b.times - a.times))
    console.log(
      `  ${name.padEnd(40)} ${String(times).padStart(4)} times, ${String(killed).padStart(4)} killed`,
    );
  const count = (kind) => findings.filter((finding) => finding.kind === kind).length;
  console.log(`  "running" of a dead process: for ${longestLieMs.toFixed(0)} ms at most`);
  const kinds = ['doubled', 'lost', 'orphaned', 'false statement', 'left over'];
  console.log(
    `  statements checked: ${statements}; ${kinds.map((kind) => `${kind}: ${count(kind)}`).join(', ')}`,
  );
  return [
    { part: 'chaos', rounds, findings, struck: Object.fromEntries(struck) },
    mark(`${rounds} kills: nothing doubled, lost, orphaned or falsely said`, findings.length === 0),
    mark(`ended in order, nothing is left${left.length ? `: ${left.join(', ')}` : ''}`, left.length === 0),
  ];
}

/** Mulberry32: small, and the same numbers from the same seed. */
function randomOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
