// The fleet of the chaos bench, and a census of it that asks nobody but the kernel: twenty processes of every kind that is
// supervised differently.
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findDebianProgram } from '../debian-program.mjs';
import { readOr } from './measure.mjs';

const REPLICAS = 3;
const RESTART = { intensity: 100_000, period: '10s', backoff: { initial: '20ms', max: '200ms' } };
const GROUP = { intensity: 100_000, period: '10s' };

/**
 * Writes the fleet file and puts the agents' program into `folder`.
 *
 * @returns `expected`, how many processes of each name there are when all is well; `searchPath` for the daemon; `program`.
 */
export function writeFleet(folder, agentProgram) {
  const work = join(folder, 'work');
  mkdirSync(work);
  const program = join(work, 'agent');
  copyFileSync(agentProgram, program);
  const bwrap = findDebianProgram('bwrap', ['bubblewrap']);
  const isRoot = process.getuid() === 0;
  const expected = new Map();
  const agents = {};
  const add = (name, rest = {}, count = 1) => {
    expected.set(name, count);
    agents[name] = {
      ...{ runtime: 'custom', command: [program, '/dev/null', name], cwd: work, restart: RESTART },
      ...rest,
    };
  };
  for (let at = 0; at < 6; at += 1) add(`plain${at}`);
  for (let at = 0; at < 3; at += 1) add(`sandboxed${at}`, isolated(bwrap ? 'sandbox' : undefined));
  for (let at = 0; at < 2; at += 1) add(`apart${at}`, isolated(isRoot ? 'process' : undefined));
  for (let at = 0; at < 2; at += 1) add(`together${at}`);
  for (let at = 0; at < 3; at += 1) add(`inrow${at}`);
  add('many', { replicas: REPLICAS }, REPLICAS);
  // It has a child beside it, which must end with it.
  add('tree', { command: ['sh', '-c', `${program} /dev/null tree-child & exec ${program} /dev/null tree`] });
  expected.set('tree-child', 1);
  const groups = {
    together: { strategy: 'one_for_all', members: ['together0', 'together1'], ...GROUP },
    inrow: { strategy: 'rest_for_one', members: ['inrow0', 'inrow1', 'inrow2'], ...GROUP },
  };
  // JSON is YAML, too.
  writeFileSync(join(folder, 'dreamnet.yaml'), JSON.stringify({ version: 1, agents, groups }));
  const searchPath = [...(bwrap ? [dirname(bwrap)] : []), process.env.PATH].join(':');
  return { expected, program, searchPath, isSandboxed: bwrap !== undefined };
}

const isolated = (level) => (level ? { isolation: { level, required: true } } : {});

/** @returns name -> the processes of that name that live now, each `{pid}`. */
export function takeCensus(program) {
  const found = new Map();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const [first, , name] = readOr(`/proc/${entry}/cmdline`, '').split('\0');
    if (first !== program || startTicks(Number(entry)) === undefined) continue;
    if (!found.has(name)) found.set(name, []);
    found.get(name).push({ pid: Number(entry) });
  }
  return found;
}

/** @returns When it began; undefined for one that has ended. */
export function startTicks(pid) {
  const stat = readOr(`/proc/${pid}/stat`, '');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return stat === '' || fields[0] === 'Z' || fields[0] === 'X' ? undefined : Number(fields[19]);
}

/** @returns Whether `pid` is `ancestor` or descends from it. */
export function isWithin(pid, ancestor) {
  for (let at = pid; at > 1; at = parentOf(at)) if (at === ancestor) return true;
  return false;
}

export function parentOf(pid) {
  return Number(/^PPid:\s+(\d+)/m.exec(readOr(`/proc/${pid}/status`, ''))?.[1] ?? 0);
}
