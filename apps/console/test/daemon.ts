import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endAgents, hasSpawner } from '@dreamnet/testkit';

const BIN = fileURLToPath(new URL('../../dreamnet/bin/dreamnet.mjs', import.meta.url));
/** Asking is how a test outside the daemon learns that it listens. */
const ASK_EVERY_MS = 25;
const PATIENCE_MS = 20_000;

/** A real daemon of its own folder, with the built console. */
export interface Daemon {
  url: string;
  token: string;
  get<T>(path: string): Promise<T>;
  post(path: string, body: unknown): Promise<void>;
  /** Asks until there is an answer. */
  until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T>;
  /** The daemon is ended as by a crash. */
  kill(): Promise<void>;
  remove(): Promise<void>;
}

/** Starts a daemon on a free port and waits until it is ready. */
export async function startDaemon(config: object): Promise<Daemon> {
  const folder = mkdtempSync(join(tmpdir(), 'dreamnet-console-'));
  const state = join(folder, 'state');
  const file = join(folder, 'dreamnet.yaml');
  // JSON is YAML, too.
  writeFileSync(file, JSON.stringify({ version: 1, ...config }));
  const child = spawn(process.execPath, [BIN, 'up', '-f', file, '--state', state, '--port', '0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (part) => {
    errors += part;
  });
  const until = waitWith(() => errors);
  const url = await until('the daemon’s address', async () =>
    addressIn(join(state, 'daemon.json'), child.pid),
  );
  const token = readFileSync(join(state, 'tokens', 'admin'), 'utf8').trim();
  const send = async (path: string, init: RequestInit = {}) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await fetch(`${url}/${path}`, { ...init, headers });
    if (!answer.ok) throw new TypeError(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const daemon: Daemon = {
    url,
    token,
    until,
    get: (path) => send(path),
    post: async (path, body) => {
      await send(path, { method: 'POST', body: JSON.stringify(body) });
    },
    kill: () => end(child),
    remove: async () => {
      await end(child);
      endAgents(readFileSync(join(state, 'instance'), 'utf8').trim());
      // What has started the agents writes down how they ended, and is the last to write into the folder.
      await until('the spawner to end', async () => !hasSpawner(state) || undefined);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await until('the daemon to be ready', () =>
    fetch(`${url}/readyz`).then(
      ({ ok }) => ok || undefined,
      () => undefined,
    ),
  );
  return daemon;
}

function addressIn(file: string, pid: number | undefined): string | undefined {
  if (!existsSync(file)) return undefined;
  const record = JSON.parse(readFileSync(file, 'utf8')) as { url: string; pid: number };
  return record.pid === pid ? record.url.replace(/\/$/, '') : undefined;
}

function waitWith(errors: () => string): Daemon['until'] {
  return async (what, ask) => {
    const end = performance.now() + PATIENCE_MS;
    for (;;) {
      const answer = await ask();
      if (answer !== undefined) return answer;
      if (performance.now() > end) throw new TypeError(`waited in vain for ${what}\n${errors()}`);
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
    }
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}
