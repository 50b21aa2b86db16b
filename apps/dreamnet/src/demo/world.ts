import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, DreamnetEvent, Incident, PsEntry } from '@dreamnet/contracts';
import { DreamnetError, sleep } from '@dreamnet/kit';
import { readMarker } from '@dreamnet/supervisor';
import { createClient, type DaemonClient } from '../cli/client.js';
import { readDaemonRecord, readToken } from '../daemon/state-dir.js';
import { programError } from '../errors.js';
import { PROGRAM_ROOT } from '../keep/program-root.js';
import { hasEnded, readProcessStat } from '../process-stat.js';
import type { FleetFolder } from './fleet-folder.js';

const BIN = join(PROGRAM_ROOT, 'bin', 'dreamnet.mjs');

/** The demo's daemon, its fleet and all that was heard from it. */
export interface World {
  readonly clock: Clock;
  readonly folder: FleetFolder;
  client(): DaemonClient;
  agent(name: string): Promise<PsEntry>;
  agents(): Promise<PsEntry[]>;
  incidents(): Promise<Incident[]>;
  /** Everything heard so far, oldest first, over all lives of the daemon. */
  readonly events: readonly DreamnetEvent[];
  /** Starts a daemon and waits until `/readyz` says yes. @returns ms it took. */
  startDaemon(): Promise<number>;
  killDaemon(): Promise<void>;
  stopDaemon(): Promise<void>;
  /** The daemon's pid; 0 while none runs. */
  daemonPid(): number;
  /** Main processes of each agent as the kernel lists them, whoever started them. */
  processesOf(): Map<string, number[]>;
  /** Waits for a value. @throws DN_CLI_TIMEOUT naming `what` */
  until<T>(what: string, ask: () => Promise<T | undefined | false>, timeoutMs?: number): Promise<T>;
}

const ASK_EVERY_MS = 20;

/** @param clock The machine's: the demo is about real time. */
export function createWorld(clock: Clock, folder: FleetFolder, variables: NodeJS.ProcessEnv): World {
  const events: DreamnetEvent[] = [];
  const listening = new AbortController();
  let daemon: ChildProcess | undefined;
  let client: DaemonClient | undefined;
  const connected = (): DaemonClient => {
    if (!client) throw programError('DN_CLI_NO_DAEMON', { url: 'the demo', why: '' });
    return client;
  };
  const until = async <T>(what: string, ask: () => Promise<T | undefined | false>, timeoutMs = 30_000) => {
    const deadline = clock.monotonic() + timeoutMs;
    for (;;) {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      if (clock.monotonic() > deadline)
        throw programError('DN_CLI_TIMEOUT', { seconds: timeoutMs / 1000, what });
      await sleep(clock, ASK_EVERY_MS);
    }
  };
  const ended = () =>
    new Promise<void>((resolve) => {
      if (!daemon || daemon.exitCode !== null || daemon.signalCode !== null) resolve();
      else daemon.once('exit', () => resolve());
    });
  return {
    clock,
    folder,
    events,
    client: connected,
    until,
    agents: async () => (await connected().get<{ agents: PsEntry[] }>('/api/ps')).agents,
    agent: async (name) => (await connected().get<{ agent: PsEntry }>(`/api/agents/${name}`)).agent,
    incidents: async () => (await connected().get<{ incidents: Incident[] }>('/api/incidents')).incidents,
    startDaemon: async () => {
      const startedMs = clock.monotonic();
      daemon = launch(folder, variables);
      const child = daemon;
      client = await until('the daemon to be ready', () => connect(folder, child), 30_000);
      const tookMs = clock.monotonic() - startedMs;
      void listen(client, events, listening.signal);
      return tookMs;
    },
    killDaemon: async () => {
      daemon?.kill('SIGKILL');
      await ended();
    },
    stopDaemon: async () => {
      listening.abort();
      daemon?.kill('SIGTERM');
      await ended();
    },
    daemonPid: () => daemon?.pid ?? 0,
    processesOf: () => scanProcesses(readFileSync(join(folder.stateDir, 'instance'), 'utf8').trim()),
  };
}

function launch(folder: FleetFolder, variables: NodeJS.ProcessEnv): ChildProcess {
  const log = openSync(`${folder.stateDir}.log`, 'a');
  const child = spawn(
    process.execPath,
    [BIN, 'up', '-f', folder.configFile, '--state', folder.stateDir, '--port', '0'],
    { stdio: ['ignore', log, log], env: variables },
  );
  closeSync(log);
  return child;
}

async function connect(folder: FleetFolder, child: ChildProcess): Promise<DaemonClient | false> {
  if (child.exitCode !== null)
    throw programError('DN_CLI_NO_DAEMON', {
      url: 'the demo',
      why: `: it ended with code ${child.exitCode}: ${readFileSync(`${folder.stateDir}.log`, 'utf8').slice(-2000)}`,
    });
  const record = readDaemonRecord(folder.stateDir);
  if (record?.pid !== child.pid || record === undefined) return false;
  const client = createClient({ url: record.url, token: readToken(folder.stateDir, 'admin') });
  try {
    await client.get('/readyz');
    return client;
  } catch (thrown) {
    if (DreamnetError.from(thrown).code === 'DN_CLI_NO_DAEMON') return false;
    if (DreamnetError.from(thrown).httpStatus === 503) return false;
    throw thrown;
  }
}

/** Keeps what one daemon says; ends with it. */
async function listen(client: DaemonClient, events: DreamnetEvent[], signal: AbortSignal): Promise<void> {
  try {
    for await (const line of client.lines('/api/events?after=latest', signal))
      if (line.startsWith('data: ')) events.push(JSON.parse(line.slice('data: '.length)));
  } catch (thrown) {
    // The daemon was killed, which is one of the things the demo does: the next one is listened to anew.
    if (!DreamnetError.is(thrown)) throw thrown;
  }
}

/** Mains are session leaders: a process that an agent started shares the agent's session and is not counted. */
function scanProcesses(instanceId: string): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const entry of readdirSync('/proc')) {
    const agent = /^\d+$/.test(entry) ? mainOf(Number(entry), instanceId) : undefined;
    if (agent !== undefined) found.set(agent, [...(found.get(agent) ?? []), Number(entry)]);
  }
  return found;
}

/** The agent whose main process this pid is; undefined when it is none or has ended while we looked. */
function mainOf(pid: number, instanceId: string): string | undefined {
  const marker = readMarker(pid);
  if (marker?.instanceId !== instanceId) return undefined;
  const stat = readProcessStat(pid);
  return !hasEnded(stat) && stat?.session === pid ? marker.processId : undefined;
}
