import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endAgents, findAgents, hasSpawner } from '@dreamnet/testkit';
import { onTestFinished } from 'vitest';
import { createClient, type DaemonClient } from '../../src/cli/client.js';

const BIN = fileURLToPath(new URL('../../bin/dreamnet.mjs', import.meta.url));
/** Asking is how a test outside the daemon learns of a change: there is no event before the daemon listens. */
const ASK_EVERY_MS = 20;
/** A fault is known by what does not come at all; on a machine with much else to do all comes late. */
const LONGEST_MS = 45_000;

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

/** One that is up, with everything of it removed when the test is over. */
export async function startDaemon(config: object): Promise<DaemonProcess> {
  const daemon = daemonOfTest(config);
  await daemon.up();
  return daemon;
}

/** One that is not up yet, with everything of it removed when the test is over. */
export function daemonOfTest(config: object): DaemonProcess {
  const daemon = prepareDaemon(config);
  onTestFinished(() => daemon.remove());
  return daemon;
}

/** Whoever prepares it removes it. */
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
      const end = performance.now() + LONGEST_MS;
      for (;;) {
        const answer = await ask();
        if (answer !== undefined && answer !== false) return answer;
        if (performance.now() > end) throw new TypeError(`waited in vain for ${what}\n${output}`);
        await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
      }
    },
    processes: () => findAgents(readFileSync(join(stateDir, 'instance'), 'utf8').trim()),
    remove: async () => {
      await daemon.kill('SIGKILL');
      if (existsSync(join(stateDir, 'instance')))
        endAgents(readFileSync(join(stateDir, 'instance'), 'utf8').trim());
      // What has started the agents writes down how they ended, and is the last to write into the folder.
      await daemon.until('the spawner to end', () => !hasSpawner(stateDir));
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
