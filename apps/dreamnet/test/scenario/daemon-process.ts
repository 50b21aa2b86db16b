import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient, type DaemonClient } from '../../src/cli/client.js';

const BIN = fileURLToPath(new URL('../../bin/dreamnet.mjs', import.meta.url));
/** Asking is how a test outside the daemon learns of a change: there is no event before the daemon listens. */
const ASK_EVERY_MS = 20;

export interface Run {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** A real daemon in a folder of its own. */
export interface DaemonProcess {
  readonly folder: string;
  readonly stateDir: string;
  pid(): number;
  client(role?: 'viewer' | 'operator' | 'admin'): DaemonClient;
  /** For requests the client would not send. */
  access(): { url: string; token: string };
  /** @param how `isOutputClosed`: nobody reads what it prints, as after `| head`. `shell`: words of a shell before it. */
  up(how?: { isOutputClosed?: boolean; shell?: string }): Promise<void>;
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Runs a command of the program against this daemon. */
  cli(...args: string[]): Run;
  until<T>(what: string, ask: () => Promise<T | undefined | false> | T | undefined | false): Promise<T>;
  /** Main processes of this state folder's agents, whoever started them. */
  processes(): Map<string, number[]>;
  log(): string;
  /** Ends everything this folder started and removes it. */
  remove(): Promise<void>;
}

export function prepareDaemon(config: object): DaemonProcess {
  const folder = mkdtempSync(join(tmpdir(), 'dreamnet-scenario-'));
  const stateDir = join(folder, 'state');
  const configFile = join(folder, 'dreamnet.yaml');
  // JSON is YAML, too.
  writeFileSync(configFile, JSON.stringify({ version: 1, ...config }, null, 2));
  let child: ChildProcess | undefined;
  let output = '';
  const record = () =>
    JSON.parse(readFileSync(join(stateDir, 'daemon.json'), 'utf8')) as { url: string; pid: number };
  const daemon: DaemonProcess = {
    folder,
    stateDir,
    pid: () => child?.pid ?? 0,
    log: () => output,
    client: (role = 'admin') =>
      createClient({
        url: record().url,
        token: readFileSync(join(stateDir, 'tokens', role), 'utf8').trim(),
      }),
    access: () => ({
      url: record().url,
      token: readFileSync(join(stateDir, 'tokens', 'admin'), 'utf8').trim(),
    }),
    up: async ({ isOutputClosed = false, shell = ':' } = {}) => {
      const command = [process.execPath, BIN, 'up', '-f', configFile, '--state', stateDir, '--port', '0'];
      const started = spawn('sh', ['-c', `${shell}; exec "$@"`, 'sh', ...command], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      for (const stream of [started.stdout, started.stderr])
        stream.on('data', (part) => {
          output += part;
        });
      if (isOutputClosed) started.stdout.destroy();
      child = started;
      await daemon.until('the daemon to be ready', async () => {
        if (started.exitCode !== null) throw new TypeError(`the daemon ended: ${output}`);
        if (!existsSync(join(stateDir, 'daemon.json')) || record().pid !== started.pid) return false;
        return daemon
          .client()
          .get('/readyz')
          .then(
            () => true,
            () => false,
          );
      });
    },
    kill: async (signal) => {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child?.once('exit', resolve));
      child.kill(signal);
      await ended;
    },
    cli: (...args) => runCli([...args, '--state', stateDir]),
    until: async (what, ask) => {
      const end = performance.now() + 20_000;
      for (;;) {
        const answer = await ask();
        if (answer !== undefined && answer !== false) return answer;
        if (performance.now() > end) throw new TypeError(`waited in vain for ${what}\n${output}`);
        await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
      }
    },
    processes: () => scan(readFileSync(join(stateDir, 'instance'), 'utf8').trim()),
    remove: async () => {
      await daemon.kill('SIGKILL');
      if (existsSync(join(stateDir, 'instance')))
        for (const pids of daemon.processes().values()) for (const pid of pids) process.kill(-pid, 'SIGKILL');
      // What has started the agents writes down how they ended, and is the last to write into the folder.
      await daemon.until('the spawner to end', () => !isSpawnedFrom(stateDir));
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return daemon;
}

/** Runs the program once, without a terminal. */
export function runCli(args: readonly string[]): Run {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], {
    encoding: 'utf8',
    input: '',
  });
  return { status, stdout, stderr };
}

function isSpawnedFrom(stateDir: string): boolean {
  return readdirSync('/proc').some((entry) => {
    const words = /^\d+$/.test(entry) ? commandLine(entry) : [];
    return words.includes(stateDir) && words.some((word) => word.endsWith('/spawner.py'));
  });
}

function commandLine(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return []; // gone meanwhile
  }
}

function scan(instanceId: string): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const entry of readdirSync('/proc')) {
    const agent = /^\d+$/.test(entry) ? mainOf(entry, instanceId) : undefined;
    if (agent !== undefined) found.set(agent, [...(found.get(agent) ?? []), Number(entry)]);
  }
  return found;
}

function mainOf(pid: string, instanceId: string): string | undefined {
  try {
    const marker = readFileSync(`/proc/${pid}/environ`, 'latin1')
      .split('\0')
      .find((variable) => variable.startsWith(`DREAMNET_PROCESS=${instanceId}/`));
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] !== 'Z' && Number(fields[3]) === Number(pid) ? marker?.split('/')[1] : undefined;
  } catch {
    return undefined;
  }
}
