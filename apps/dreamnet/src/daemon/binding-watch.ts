import { createHash } from 'node:crypto';
import type { FSWatcher } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ChangeReaction, EnvironmentBinding, ProcessIdentity, TimerHandle } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import { agentOf, formatIdentity } from '@dreamnet/os-linker';
import type { AgentFleet } from './agent-fleet.js';
import { type BindingMemory, createBindingMemory } from './binding-memory.js';
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
  /** Not even a digest of what is in it is kept: a short one could be guessed by that. */
  isSecret: boolean;
  users: readonly BoundProcess[];
}

interface Eye {
  readonly watched: Pick<Watched, 'agent' | 'path' | 'isSecret'>;
  watchers: readonly FSWatcher[];
  fingerprint: string;
  timer: TimerHandle | undefined;
}

/** Watches nothing before the first `refresh`. */
export function createBindingWatch(parts: DaemonParts, fleet: AgentFleet): BindingWatch {
  const { bus, store } = parts;
  const eyes = new Map<string, Eye>();
  const memory = createBindingMemory(store);
  const surroundings: Surroundings = { parts, fleet, eyes, memory, isStopped: false };
  let loading: Promise<void> | undefined;
  const refresh = async () => {
    loading ??= memory.load();
    await loading;
    const wanted = watchedNow(parts);
    for (const [key, eye] of eyes)
      if (!wanted.has(key)) {
        close(parts, eye);
        eyes.delete(key);
      }
    for (const [key, watched] of wanted)
      if (!eyes.has(key) && !surroundings.isStopped) await open(surroundings, key, watched);
    const prune = () => memory.prune((agent, path) => wanted.has(keyOf(agent, path)));
    if (!surroundings.isStopped) await remembering(surroundings, 'what is not watched any more', prune);
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
  readonly memory: BindingMemory;
  isStopped: boolean;
}

function close({ clock }: DaemonParts, eye: Eye): void {
  if (eye.timer) clock.clearTimeout(eye.timer);
  for (const watcher of eye.watchers) watcher.close();
}

async function open(around: Surroundings, key: string, watched: Watched): Promise<void> {
  const { agent, path, isSecret } = watched;
  // Before the first look, so that no change falls between the two.
  const watchers = await watchAt(around, key, path);
  const fingerprint = await fingerprintOf(path);
  const eye: Eye = { watched: { agent, path, isSecret }, watchers, fingerprint, timer: undefined };
  // Another refresh may have opened it meanwhile.
  if (around.isStopped || around.eyes.has(key)) {
    close(around.parts, eye);
    return;
  }
  around.eyes.set(key, eye);
  await catchUp(around, eye);
}

/** Tells those who were started before it changed while no daemon ran, or whom an earlier daemon did not come to tell. */
async function catchUp(around: Surroundings, eye: Eye): Promise<void> {
  const { supervisor } = around.parts;
  const before = around.memory.find(eye.watched.agent, eye.watched.path);
  const isSame = before?.fingerprint === (await keptFingerprint(eye));
  if (before === undefined || (isSame && before.behind.length === 0)) await keep(around, eye, []);
  else
    void tell(around, eye, ({ id }) => {
      const { isAdopted, identity } = supervisor.get(id) ?? {};
      return isAdopted === true && (!isSame || before.behind.includes(showIdentity(identity)));
    });
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
  const { path } = eye.watched;
  // Links may lead elsewhere now, and what was watched may have been replaced.
  const watchers = await watchAt(around, key, path);
  const isClosed = around.isStopped || around.eyes.get(key) !== eye;
  for (const watcher of isClosed ? watchers : eye.watchers) watcher.close();
  if (isClosed) return;
  eye.watchers = watchers;
  const fingerprint = await fingerprintOf(path);
  if (around.isStopped || fingerprint === eye.fingerprint) return;
  eye.fingerprint = fingerprint;
  await tell(around, eye, () => true);
}

/** Processes come and go: those that are bound to it now. @param isMeant Which of them have not seen what is new. */
async function tell(around: Surroundings, eye: Eye, isMeant: (user: BoundProcess) => boolean): Promise<void> {
  const { parts, fleet } = around;
  const { agent, path } = eye.watched;
  const users = (watchedNow(parts).get(keyOf(agent, path))?.users ?? []).filter(isMeant);
  await keep(
    around,
    eye,
    users.map(({ id }) => showIdentity(parts.supervisor.get(id)?.identity)),
  );
  for (const { id } of users)
    parts.publish('binding.changed', id, { processId: id, type: 'files', change: 'content-changed' });
  const outcomes = await reactAll({ parts, fleet }, users, `change of ${path}`);
  for (const { ok, agent: whom, action, because } of outcomes)
    if (!ok) parts.onTrouble(`${whom}: ${path} changed, ${action} failed: ${because}`);
  await keep(around, eye, []);
}

/** @param behind Who is yet to be told: a daemon that is killed meanwhile leaves them to the next one. */
async function keep(around: Surroundings, eye: Eye, behind: readonly string[]): Promise<void> {
  const { agent, path } = eye.watched;
  const fingerprint = await keptFingerprint(eye);
  await remembering(around, path, () => around.memory.keep({ agent, path, fingerprint, behind }));
}

function showIdentity(identity: ProcessIdentity | null | undefined): string {
  return identity ? formatIdentity(identity) : '';
}

/** On a full disk the watching goes on. */
async function remembering({ parts }: Surroundings, what: string, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (thrown) {
    parts.onTrouble(`${what} is not remembered for the next daemon: ${DreamnetError.from(thrown).message}`);
  }
}

/** What is kept of it for the next daemon. */
async function keptFingerprint({ watched: { path, isSecret }, fingerprint }: Eye): Promise<string> {
  return createHash('sha256')
    .update(isSecret ? await shapeOf(path) : fingerprint)
    .digest('hex');
}

function watchedNow({ linker, loaded }: DaemonParts): ReadonlyMap<string, Watched> {
  return findWatched(countingBindings(linker), loaded().folder);
}

function keyOf(agent: string, path: string): string {
  return `${agent} ${path}`;
}

interface BoundPath {
  path?: string;
  onChange?: ChangeReaction;
}

/** Files and folders bound with `onChange`, and files that hold secrets, each with all that the processes of an agent ask for. */
function findWatched(bindings: readonly EnvironmentBinding[], folder: string): ReadonlyMap<string, Watched> {
  const found = new Map<string, Watched>();
  const add = (id: string, { path, onChange }: BoundPath, isSecret: boolean) => {
    if (typeof path !== 'string' || onChange === undefined || onChange === 'none') return;
    const agent = agentOf(id);
    const absolute = resolve(folder, path);
    const known = found.get(keyOf(agent, absolute)) ?? { agent, path: absolute, isSecret, users: [] };
    const reactions = known.users.find((one) => one.id === id)?.reactions ?? [];
    const others = known.users.filter((one) => one.id !== id);
    const users = [...others, { id, reactions: [...new Set([...reactions, onChange])] }];
    found.set(keyOf(agent, absolute), { ...known, isSecret: known.isSecret || isSecret, users });
  };
  for (const { processId, type, config } of bindings) {
    // Checked by the Linker when it was bound.
    const entries = type === 'files' ? [config] : type === 'secrets' ? Object.values(config) : [];
    for (const entry of entries as BoundPath[]) add(processId, entry, type === 'secrets');
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
