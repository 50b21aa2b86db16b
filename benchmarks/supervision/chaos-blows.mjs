// What the chaos bench does to a running fleet: each blow kills with SIGKILL, or stops, whatever holds the fleet together.
import { setTimeout as sleep } from 'node:timers/promises';
import { parentOf, takeCensus } from './chaos-fleet.mjs';
import { readOr } from './measure.mjs';
import { daemonPid, findHelpers } from './supervisors.mjs';

const daemons = ({ folder }) => {
  const pid = daemonPid(folder);
  return pid !== undefined && isDaemon(pid) ? [pid] : [];
};
const spawners = ({ folder }) => findHelpers(folder, 'spawner.py');
const keepers = ({ folder }) => findHelpers(folder, 'keep.py');
/** The process that waits in the terminal where `up --keep` was typed. */
const terminals = ({ folder }) =>
  findHelpers(folder, 'dreamnet.mjs').filter((pid) => commandOf(pid).includes('--keep'));

const commandOf = (pid) => readOr(`/proc/${pid}/cmdline`, '').split('\0');

/** A number in a record may be another's by now. */
export function isDaemon(pid) {
  return (
    commandOf(pid).some((word) => word.endsWith('/dreamnet.mjs')) &&
    !readOr(`/proc/${pid}/stat`, ') Z').includes(') Z')
  );
}

function agents({ program, random }, count) {
  const mains = [...takeCensus(program)].filter(([name]) => !name.endsWith('-child'));
  const all = mains.flatMap(([, rows]) => rows);
  return Array.from(
    { length: Math.min(count, all.length) },
    () => all[Math.floor(random() * all.length)].pid,
  );
}

/** Bubblewrap has two processes around an agent: the one that is supervised, and the first of the sandbox. */
function bubbles({ program, random }) {
  const inside = [...takeCensus(program)]
    .filter(([name]) => name.startsWith('sandboxed'))
    .flatMap(([, rows]) => rows);
  return inside
    .map(({ pid }) => (random() < 0.5 ? parentOf(pid) : parentOf(parentOf(pid))))
    .filter((pid) => commandOf(pid)[0]?.endsWith('bwrap'))
    .slice(0, 2);
}

const all =
  (...finders) =>
  (chaos) =>
    finders.flatMap((find) => find(chaos));
const some = (count) => (chaos) => agents(chaos, count);

/** Weight, name, whom it hits. */
const KILLS = [
  [4, 'daemon', daemons],
  [4, 'spawner', spawners],
  [2, 'keeper', keepers],
  [1, 'terminal of up --keep', terminals],
  [2, 'parents of sandboxed agents', bubbles],
  [2, 'an agent', some(1)],
  [2, 'six agents', some(6)],
  [2, 'daemon and spawner', all(daemons, spawners)],
  [2, 'daemon and six agents', all(daemons, some(6))],
  [2, 'six agents, then daemon', all(some(6), daemons)],
  [2, 'spawner and six agents', all(some(6), spawners)],
  [1, 'keeper and daemon', all(keepers, daemons)],
  [1, 'keeper, spawner, daemon', all(keepers, spawners, daemons)],
  [1, 'everything but the agents', all(terminals, keepers, spawners, daemons)],
];

const BLOWS = [
  ...KILLS.map(([weight, name, find]) => ({
    weight,
    name,
    strike: async (chaos) => find(chaos).map((pid) => send(pid, 'SIGKILL')).length,
  })),
  {
    weight: 2,
    name: 'restart asked for, daemon killed',
    strike: (chaos) => askAndKill(chaos, 'restart', daemons),
  },
  {
    weight: 1,
    name: 'restart asked for, spawner killed',
    strike: (chaos) => askAndKill(chaos, 'restart', spawners),
  },
  {
    weight: 1,
    name: 'spawner stopped',
    strike: async (chaos) => spawners(chaos).map((pid) => send(pid, 'SIGSTOP')).length,
  },
];

/** Each as often as its weight says. */
const LOTS = BLOWS.flatMap((blow) => Array.from({ length: blow.weight }, () => blow));

/** @returns One of them, by weight. */
export const chooseBlow = (random) => LOTS[Math.floor(random() * LOTS.length)];

async function askAndKill(chaos, verb, find) {
  const { random, api, expected } = chaos;
  const names = [...expected.keys()].filter((name) => !name.endsWith('-child'));
  const name = names[Math.floor(random() * names.length)];
  const asked = api(`/api/agents/${name}/${verb}`, 'POST');
  await sleep(random() * 80);
  const struck = find(chaos).map((pid) => send(pid, 'SIGKILL')).length;
  await asked;
  return struck;
}

export function send(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
