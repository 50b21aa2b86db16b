import { createHash } from 'node:crypto';
import type { FSWatcher } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ChangeReaction, EnvironmentBinding, TimerHandle } from '@dreamnet/contracts';
import { agentOf } from '@dreamnet/os-linker';
import type { AgentFleet } from './agent-fleet.js';
import { countingBindings } from './counting-bindings.js';
import type { DaemonParts } from './parts.js';
import { type BoundProcess, reactAll } from './secret-desk.js';
import { watchPath } from './watched-path.js';

/** Programs write a file in several steps: what comes within this time is one change. */
const SETTLE_MS = 300;
/** Larger files are told apart by size and time: reading them at every change costs more than it tells. */
const LARGEST_READ_BYTES = 1024 * 1024;

/** Restarts or signals agents when a file they are bound to changes, as the binding's `onChange` asks. */
export interface BindingWatch {
  /** Looks at the bindings again: what is new is watched, what is gone no longer. */
  refresh(): Promise<void>;
  stop(): void;
}

/** A path that is watched for one agent, whichever of its processes are bound to it. */
interface Watched {
  agent: string;
  path: string;
  users: readonly BoundProcess[];
}

interface Eye {
  readonly watched: Pick<Watched, 'agent' | 'path'>;
  watchers: readonly FSWatcher[];
  fingerprint: string;
  timer: TimerHandle | undefined;
}

/** Watches nothing before the first `refresh`. */
export function createBindingWatch(parts: DaemonParts, fleet: AgentFleet): BindingWatch {
  const { bus } = parts;
  const eyes = new Map<string, Eye>();
  const surroundings: Surroundings = { parts, fleet, eyes, isStopped: false };
  const refresh = async () => {
    const wanted = watchedNow(parts);
    for (const [key, eye] of eyes)
      if (!wanted.has(key)) {
        close(parts, eye);
        eyes.delete(key);
      }
    for (const [key, watched] of wanted)
      if (!eyes.has(key) && !surroundings.isStopped) await open(surroundings, key, watched);
  };
  const hearing = bus.subscribe('binding.changed.>', ({ data }) => {
    if ('change' in data && (data.change === 'bound' || data.change === 'unbound')) void refresh();
  });
  return {
    refresh,
    stop: () => {
      surroundings.isStopped = true;
      hearing.unsubscribe();
      for (const eye of eyes.values()) close(parts, eye);
    },
  };
}

interface Surroundings {
  readonly parts: DaemonParts;
  readonly fleet: AgentFleet;
  readonly eyes: Map<string, Eye>;
  isStopped: boolean;
}

function close({ clock }: DaemonParts, eye: Eye): void {
  if (eye.timer) clock.clearTimeout(eye.timer);
  for (const watcher of eye.watchers) watcher.close();
}

async function open(around: Surroundings, key: string, watched: Watched): Promise<void> {
  const { agent, path } = watched;
  // Before the first look, so that no change falls between the two.
  const watchers = await watchAt(around, key, path);
  const fingerprint = await fingerprintOf(path);
  const eye: Eye = { watched: { agent, path }, watchers, fingerprint, timer: undefined };
  // Another refresh may have opened it meanwhile.
  if (around.isStopped || around.eyes.has(key)) close(around.parts, eye);
  else around.eyes.set(key, eye);
}

function watchAt(around: Surroundings, key: string, path: string): Promise<readonly FSWatcher[]> {
  return watchPath(path, () => touch(around, key), around.parts.onTrouble);
}

function touch(around: Surroundings, key: string): void {
  const { clock } = around.parts;
  const eye = around.eyes.get(key);
  if (!eye) return;
  if (eye.timer) clock.clearTimeout(eye.timer);
  eye.timer = clock.setTimeout(() => void look(around, key, eye), SETTLE_MS);
}

async function look(around: Surroundings, key: string, eye: Eye): Promise<void> {
  const { agent, path } = eye.watched;
  // Links may lead elsewhere now, and what was watched may have been replaced.
  const watchers = await watchAt(around, key, path);
  const isClosed = around.isStopped || around.eyes.get(key) !== eye;
  for (const watcher of isClosed ? watchers : eye.watchers) watcher.close();
  if (isClosed) return;
  eye.watchers = watchers;
  const fingerprint = await fingerprintOf(path);
  if (around.isStopped || fingerprint === eye.fingerprint) return;
  eye.fingerprint = fingerprint;
  await tell(around, agent, path);
}

/** Processes come and go: those that are bound to it now. */
async function tell({ parts, fleet }: Surroundings, agent: string, path: string): Promise<void> {
  const users = watchedNow(parts).get(keyOf(agent, path))?.users ?? [];
  for (const { id } of users)
    parts.publish('binding.changed', id, { processId: id, type: 'files', change: 'content-changed' });
  const outcomes = await reactAll({ parts, fleet }, users, `change of ${path}`);
  for (const { ok, agent: whom, action, because } of outcomes)
    if (!ok) parts.onTrouble(`${whom}: ${path} changed, ${action} failed: ${because}`);
}

function watchedNow({ linker, loaded }: DaemonParts): ReadonlyMap<string, Watched> {
  return findWatched(countingBindings(linker), loaded().folder);
}

function keyOf(agent: string, path: string): string {
  return `${agent} ${path}`;
}

/** Files and folders bound with `onChange`, and files that hold secrets, each with all that the processes of an agent ask for. */
function findWatched(bindings: readonly EnvironmentBinding[], folder: string): ReadonlyMap<string, Watched> {
  const found = new Map<string, Watched>();
  const add = (id: string, path: unknown, onChange: ChangeReaction | undefined) => {
    if (typeof path !== 'string' || onChange === undefined || onChange === 'none') return;
    const agent = agentOf(id);
    const absolute = resolve(folder, path);
    const known = found.get(keyOf(agent, absolute)) ?? { agent, path: absolute, users: [] };
    const reactions = known.users.find((one) => one.id === id)?.reactions ?? [];
    const others = known.users.filter((one) => one.id !== id);
    const users = [...others, { id, reactions: [...new Set([...reactions, onChange])] }];
    found.set(keyOf(agent, absolute), { ...known, users });
  };
  for (const { processId, type, config } of bindings) {
    // Checked by the Linker when it was bound.
    const entries = type === 'files' ? [config] : type === 'secrets' ? Object.values(config) : [];
    for (const entry of entries as { path?: string; onChange?: ChangeReaction }[])
      add(processId, entry.path, entry.onChange);
  }
  return found;
}

/** Says whether there is something new; a folder by the names, sizes and times of what is in it. */
async function fingerprintOf(path: string): Promise<string> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) {
      const names = (await readdir(path)).sort();
      return (await Promise.all(names.map((name) => shapeOf(join(path, name))))).join('\n');
    }
    if (!found.isFile() || found.size > LARGEST_READ_BYTES) return shapeOf(path);
    return createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  } catch {
    return 'not there';
  }
}

async function shapeOf(path: string): Promise<string> {
  return stat(path).then(
    ({ ino, size, mtimeMs }) => `${path} ${ino} ${size} ${mtimeMs}`,
    () => `${path} not there`,
  );
}
