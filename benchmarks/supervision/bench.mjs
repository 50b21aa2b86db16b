// What supervision costs, beside the raw limit and a peer, in one run. All times in milliseconds, medians of --kills.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { measureAdoption } from './adoption.mjs';
import { measureChaos } from './chaos.mjs';
import { measureDaemon } from './daemon.mjs';
import { findDebianSupervisors } from './debian-supervisors.mjs';
import { measureFleet } from './fleet.mjs';
import { endAll, readStamps, summarize, until, waitQuiet } from './measure.mjs';
import { measureMiddlemen } from './middlemen.mjs';
import { measureSampling } from './sampling.mjs';
import { measureSoak } from './soak.mjs';
import { measureSpares } from './spare.mjs';
import { bareParent, dreamnet, keptDreamnet, pm2 } from './supervisors.mjs';
import { measureWeight } from './weight.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
/** Past every peer's one-second throttle, at a random phase of those that poll. */
const settleMs = () => 1600 + Math.random() * 1000;

export async function run(options) {
  const option = (name, otherwise) => {
    const index = options.indexOf(`--${name}`);
    return index < 0 ? otherwise : options[index + 1];
  };
  const kills = Number(option('kills', 20));
  const parts = option('parts', 'restart,spare,fleet,weight,adoption,between,daemon,sampling').split(',');
  console.log(
    `${cpus()[0]?.model ?? 'cpu'} x ${cpus().length}, Node ${process.version}, ${kills} kills each\n`,
  );
  const results = [];
  const isBeside = parts.some((part) => ['restart', 'fleet', 'adoption', 'between'].includes(part));
  const peers = isBeside ? [pm2, ...findDebianSupervisors()] : [];
  if (parts.includes('restart')) results.push(...(await measureRestarts(kills, peers)));
  if (parts.includes('spare')) results.push(...(await measureSpares(kills, mark)));
  if (parts.includes('fleet')) results.push(...(await measureFleet(tinyAgent(), mark, peers)));
  if (parts.includes('weight')) results.push(...(await measureWeight(tinyAgent(), mark)));
  if (parts.includes('adoption')) results.push(...(await measureAdoption([dreamnet, ...peers], tinyAgent())));
  if (parts.includes('between'))
    results.push(...(await measureMiddlemen([keptDreamnet, ...peers], tinyAgent(), mark)));
  if (parts.includes('daemon')) results.push(...(await measureDaemon()));
  if (parts.includes('sampling')) results.push(...(await measureSampling(mark)));
  if (parts.includes('soak')) results.push(...(await measureSoak(Number(option('starts', 10_000)), mark)));
  if (parts.includes('chaos')) {
    const seed = Number(option('seed', Date.now() % 1_000_000));
    const rounds = Number(option('rounds', 200));
    results.push(...(await measureChaos({ rounds, seed, agentProgram: tinyAgent()[0] }, mark)));
  }
  const broken = results.filter(({ isKept }) => isKept === false);
  console.log(broken.length === 0 ? '\nEvery mark is kept.' : `\n${broken.length} mark(s) missed.`);
  if (options.includes('--json')) console.log(JSON.stringify(results, null, 2));
  return broken.length === 0 ? 0 : 1;
}

async function measureRestarts(kills, peers) {
  const results = [];
  console.log('crash → first line of the new process       median    p90    max   × bare');
  for (const [kind, command] of [
    ['tiny', tinyAgent()],
    ['Node', [process.execPath, join(HERE, 'agent.cjs')]],
  ]) {
    let bare;
    const medians = {};
    for (const supervisor of [bareParent, dreamnet, ...peers]) {
      const times = summarize(await measureRestart(supervisor, command, kills));
      bare ??= times.median;
      medians[supervisor.name] = times.median;
      const cells = [times.median, times.p90, times.max]
        .map((value) => value.toFixed(1).padStart(6))
        .join(' ');
      const ratio = (times.median / bare).toFixed(2).padStart(6);
      console.log(`  ${`${kind} agent, ${supervisor.name}`.padEnd(40)} ${cells}  ${ratio}`);
      results.push({
        part: 'restart',
        agent: kind,
        supervisor: supervisor.name,
        ...times,
        ratio: times.median / bare,
      });
    }
    const ours = medians[dreamnet.name];
    results.push(mark(`${kind} agent: at most 1.5 × the bare parent`, ours <= 1.5 * bare));
    results.push(mark(`${kind} agent: ahead of PM2`, ours < medians[pm2.name]));
  }
  return results;
}

async function measureRestart(supervisor, command, kills) {
  const folder = mkdtempSync(join(tmpdir(), 'dreamnet-bench-'));
  const stamps = join(folder, 'stamps');
  await waitQuiet();
  const pid = await supervisor.start([...command, stamps, '{id}'], folder);
  try {
    if (!(await until(() => readStamps(stamps).length > 0, 30_000)))
      throw new Error(`${supervisor.name} started nothing`);
    const times = [];
    for (let kill = 0; kill < kills; kill += 1) {
      await sleep(settleMs());
      const before = readStamps(stamps).at(-1);
      const killedAt = process.hrtime.bigint();
      process.kill(before.pid, 'SIGKILL');
      const next = await until(() => {
        const last = readStamps(stamps).at(-1);
        return last.pid !== before.pid && last;
      }, 20_000);
      if (!next) throw new Error(`${supervisor.name} did not start it again`);
      times.push(Number(next.ns - killedAt) / 1e6);
    }
    return times;
  } finally {
    await endAll(folder, [pid]);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Compiled once a run: a program whose own start costs nearly nothing, so that the supervisor's part shows. */
function tinyAgent() {
  const program = join(tmpdir(), `dreamnet-bench-agent-${process.pid}`);
  if (existsSync(program)) return [program];
  const { status } = spawnSync('cc', ['-O2', '-o', program, join(HERE, 'agent.c')]);
  process.once('exit', () => rmSync(program, { force: true }));
  if (status === 0) return [program];
  throw new Error('the tiny agent needs a C compiler (cc): apt-get install gcc, or --parts daemon');
}

export function mark(rule, isKept) {
  console.log(`  ${isKept ? '✓' : '✗'} ${rule}`);
  return { mark: rule, isKept };
}
