// The supervisors that are put side by side. Each: start(command, folder) -> pid of its daemon; resume() starts it
// again after its death; both with state under `folder` only.
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProcessesIn, readOr, until } from './measure.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const DREAMNET = fileURLToPath(new URL('../../apps/dreamnet/bin/dreamnet.mjs', import.meta.url));
const PM2_VERSION = '7.0.4';

/**
 * What every supervisor is started with, so that agents boot alike: variables such as NODE_EXTRA_CA_CERTS cost a Node
 * agent half of its start, and not every supervisor hands them on.
 */
const ENVIRONMENT = Object.fromEntries(
  ['PATH', 'HOME', 'LANG', 'TMPDIR'].flatMap((name) =>
    process.env[name] ? [[name, process.env[name]]] : [],
  ),
);

/** With it a supervisor in Node tells how long its event loop stood still; its Node agents would, too, so: tiny agents only. */
const TELLS_DELAY = { NODE_OPTIONS: `--require=${join(HERE, 'delay.cjs')}` };

/** @param isTold Whether supervisors started from now on tell of it. */
export function tellDelays(isTold) {
  if (isTold) Object.assign(ENVIRONMENT, TELLS_DELAY);
  else delete ENVIRONMENT.NODE_OPTIONS;
}

export const withId = (command, id) => command.map((part) => (part === '{id}' ? String(id) : part));

export function background(folder, command, args, env = {}) {
  const log = openSync(join(folder, 'supervisor.log'), 'a');
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...ENVIRONMENT, ...env, BENCH_FOLDER: folder },
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  child.unref();
  return child.pid;
}

export const bareParent = {
  name: 'bare Node parent',
  start: async (command, folder, count = 1) =>
    background(folder, process.execPath, [join(HERE, 'bare-parent.mjs'), String(count), ...command]),
};

export const dreamnet = {
  name: 'DreamNet OS',
  start: async (command, folder, count = 1) => {
    // JSON is YAML, too.
    writeFileSync(join(folder, 'dreamnet.yaml'), JSON.stringify(fleetOf(command, count)));
    return dreamnet.resume(folder);
  },
  resume: async (folder) => {
    const record = join(folder, 'state', 'daemon.json');
    const pid = background(folder, process.execPath, upCommand(folder));
    await until(() => readOr(record, '').includes(`"pid":${pid}`), 20_000);
    return pid;
  },
};

/** The same under `up --keep`. Nothing stands between daemon and agents: these stand beside and above. */
export const keptDreamnet = {
  name: `${dreamnet.name}, --keep`,
  start: async (command, folder, count = 1) => {
    writeFileSync(join(folder, 'dreamnet.yaml'), JSON.stringify(fleetOf(command, count)));
    background(folder, process.execPath, [...upCommand(folder), '--keep']);
    return until(() => daemonPid(folder), 20_000);
  },
  between: [
    { what: 'the spawner', find: (folder) => findHelpers(folder, 'spawner.py') },
    { what: 'the keeper', find: (folder) => findHelpers(folder, 'keep.py') },
    { what: 'the daemon', find: (folder) => [daemonPid(folder)] },
    {
      what: 'all three at once',
      find: (folder) => [
        ...findHelpers(folder, 'keep.py'),
        ...findHelpers(folder, 'spawner.py'),
        daemonPid(folder),
      ],
      resume: (folder) => dreamnet.resume(folder),
    },
  ],
};

export const upCommand = (folder) => [
  ...[DREAMNET, 'up', '-f', join(folder, 'dreamnet.yaml')],
  ...['--state', join(folder, 'state'), '--port', '0'],
];

export const downCommand = (folder) => [DREAMNET, 'down', '--state', join(folder, 'state')];

/** @returns The daemon that runs now; undefined while there is none. */
export function daemonPid(folder) {
  return recordOf(folder).pid;
}

/** @returns What the daemon answers; undefined when none does. */
export async function askDaemon(folder, path, method = 'GET') {
  const { url } = recordOf(folder);
  if (url === undefined) return undefined;
  const token = readOr(join(folder, 'state', 'tokens', 'admin'), '').trim();
  const headers = { authorization: `Bearer ${token}` };
  return fetch(`${url}${path}`, { method, headers, signal: AbortSignal.timeout(10_000) })
    .then((answer) => answer.json())
    .catch(() => undefined);
}

/** It may be written this very moment. */
function recordOf(folder) {
  return JSON.parse(readOr(join(folder, 'state', 'daemon.json'), '{}') || '{}');
}

/** @returns The pids of those of a run that were started from a script of that name. */
export function findHelpers(folder, script) {
  return findProcessesIn(folder).filter((pid) =>
    readOr(`/proc/${pid}/cmdline`, '')
      .split('\0')
      .some((word) => word.endsWith(`/${script}`)),
  );
}

function fleetOf(command, count) {
  const agents = Array.from({ length: count }, (_, id) => [
    `a${id}`,
    { runtime: 'custom', command: withId(command, id), restart: { intensity: 100_000, period: '10s' } },
  ]);
  return { version: 1, agents: Object.fromEntries(agents) };
}

export const pm2 = {
  name: `PM2 ${PM2_VERSION}`,
  start: async (command, folder, count = 1) => {
    const isNode = command[0] === process.execPath;
    const apps = Array.from({ length: count }, (_, id) => ({
      name: `a${id}`,
      script: isNode ? command[1] : command[0],
      args: withId(command.slice(isNode ? 2 : 1), id),
      ...(!isNode && { interpreter: 'none' }),
    }));
    writeFileSync(join(folder, 'ecosystem.json'), JSON.stringify({ apps }));
    callPm2(folder, 'start', 'ecosystem.json', '--silent');
    callPm2(folder, 'save', '--silent');
    return readPm2Pid(folder);
  },
  resume: async (folder) => {
    callPm2(folder, 'resurrect', '--silent');
    return readPm2Pid(folder);
  },
};

function readPm2Pid(folder) {
  return Number(readOr(join(folder, 'pm2', 'pm2.pid'), '0'));
}

function callPm2(folder, ...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(pm2Home(), 'bin', 'pm2'), ...args], {
    cwd: folder,
    env: { ...ENVIRONMENT, PM2_HOME: join(folder, 'pm2'), BENCH_FOLDER: folder },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`pm2 ${args[0]}: ${stdout}${stderr}`);
}

/** A peer is fetched when it is measured and is never a dependency. */
function pm2Home() {
  const folder = join(tmpdir(), `dreamnet-bench-pm2-${PM2_VERSION}`);
  const home = join(folder, 'node_modules', 'pm2');
  if (existsSync(join(home, 'package.json'))) return home;
  mkdirSync(folder, { recursive: true });
  const { status, stderr } = spawnSync(
    'npm',
    ['install', '--prefix', folder, '--no-audit', '--no-fund', `pm2@${PM2_VERSION}`],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`PM2 could not be fetched: ${stderr}`);
  return home;
}
