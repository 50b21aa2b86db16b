import { createHash } from 'node:crypto';
import { type FSWatcher, watch } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { ChangeReaction, EnvironmentBinding, TimerHandle } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import type { AgentFleet } from './agent-fleet.js';
import type { DaemonParts } from './parts.js';
import { react } from './secret-desk.js';

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

/** A path that is watched for one agent. */
interface Watched {
  agent: string;
  path: string;
  reactions: ChangeReaction[];
}

interface Eye {
  readonly watched: Watched;
  readonly watchers: readonly FSWatcher[];
  fingerprint: string;
  timer: TimerHandle | undefined;
}

/** Watches nothing before the first `refresh`. */
export function createBindingWatch(parts: DaemonParts, fleet: AgentFleet): BindingWatch {
  const { clock, linker, bus, onTrouble, publish } = parts;
  const eyes = new Map<string, Eye>();
  let isStopped = false;
  const close = (eye: Eye) => {
    if (eye.timer) clock.clearTimeout(eye.timer);
    for (const watcher of eye.watchers) watcher.close();
  };
  const look = async (eye: Eye) => {
    const fingerprint = await fingerprintOf(eye.watched.path);
    if (isStopped || fingerprint === eye.fingerprint) return;
    eye.fingerprint = fingerprint;
    const { agent, path, reactions } = eye.watched;
    publish('binding.changed', agent, { processId: agent, type: 'files', change: 'content-changed' });
    const outcome = await react({ parts, fleet }, agent, { reactions, because: `change of ${path}` });
    if (!outcome.ok) onTrouble(`${agent}: ${path} changed, ${outcome.action} failed: ${outcome.because}`);
  };
  const touch = (key: string) => {
    const eye = eyes.get(key);
    if (!eye) return;
    if (eye.timer) clock.clearTimeout(eye.timer);
    eye.timer = clock.setTimeout(() => void look(eye), SETTLE_MS);
  };
  const open = async (key: string, watched: Watched) => {
    // Before the first look, so that no change falls between the two.
    const watchers = watchPath(watched.path, () => touch(key), onTrouble);
    const fingerprint = await fingerprintOf(watched.path);
    const eye = { watched, watchers, fingerprint, timer: undefined };
    if (isStopped) close(eye);
    else eyes.set(key, eye);
  };
  const refresh = async () => {
    const wanted = new Map(
      findWatched(linker.listBindings(), parts.loaded().folder).map((one) => [JSON.stringify(one), one]),
    );
    for (const [key, eye] of eyes)
      if (!wanted.has(key)) {
        close(eye);
        eyes.delete(key);
      }
    for (const [key, watched] of wanted) if (!eyes.has(key) && !isStopped) await open(key, watched);
  };
  const hearing = bus.subscribe('binding.changed.>', ({ data }) => {
    if ('change' in data && (data.change === 'bound' || data.change === 'unbound')) void refresh();
  });
  return {
    refresh,
    stop: () => {
      isStopped = true;
      hearing.unsubscribe();
      for (const eye of eyes.values()) close(eye);
    },
  };
}

/** Files and folders bound with `onChange`, and files that hold secrets, each with all an agent asks for. */
function findWatched(bindings: readonly EnvironmentBinding[], folder: string): readonly Watched[] {
  const found = new Map<string, Watched>();
  const add = (agent: string, path: unknown, onChange: ChangeReaction | undefined) => {
    if (typeof path !== 'string' || onChange === undefined || onChange === 'none') return;
    const absolute = resolve(folder, path);
    const key = `${agent} ${absolute}`;
    const known = found.get(key) ?? { agent, path: absolute, reactions: [] };
    if (!known.reactions.includes(onChange)) known.reactions.push(onChange);
    found.set(key, known);
  };
  for (const { processId, type, config } of bindings) {
    // Checked by the Linker when it was bound.
    const entries = type === 'files' ? [config] : type === 'secrets' ? Object.values(config) : [];
    for (const entry of entries as { path?: string; onChange?: ChangeReaction }[])
      add(processId, entry.path, entry.onChange);
  }
  return [...found.values()];
}

/** A file's folder is watched, because editors replace files; a folder itself as well. */
function watchPath(path: string, onChange: () => void, onTrouble: (text: string) => void): FSWatcher[] {
  const name = basename(path);
  const watchOne = (target: string, isOurs: (changed: string | null) => boolean) => {
    try {
      const watcher = watch(target, { persistent: false }, (_event, changed) => {
        if (isOurs(changed)) onChange();
      });
      watcher.on('error', () => onChange());
      return [watcher];
    } catch (thrown) {
      const { message } = DreamnetError.from(thrown);
      if (target !== path) onTrouble(`${path} cannot be watched for changes: ${message}`);
      return [];
    }
  };
  return [
    ...watchOne(dirname(path), (changed) => changed === null || changed === name),
    ...watchOne(path, () => true),
  ];
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
