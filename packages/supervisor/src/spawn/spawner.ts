import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { dirname, join } from 'node:path';
import type { Clock, LocalProcessSpec, ProcessIdentity, ProcessUser } from '@dreamnet/contracts';
import { step } from '@dreamnet/kit';
import type { ExitBook } from '../adoption/exit-book.js';
import { LOOK_EVERY_MS, type OnEnd, WatchedProcesses } from '../adoption/watched-processes.js';
import { holdOpen } from '../hold-open.js';
import { readBootId } from '../linux/process-identity.js';
import { lookNow } from '../tree/process-look.js';
import { AnswerWatch } from './answer-watch.js';
import { directStarter } from './direct-starter.js';
import type { ProcessStarter, StartListener } from './process-starter.js';
import type { SpawnPlan } from './spawn-plan.js';
import { startFailure } from './spawn-plan.js';
import { frame, type SpawnerMessage, startFrame } from './spawner-frames.js';
import { findSpawner, SpawnerLink, type SpawnerPlace, startSpawner } from './spawner-link.js';
import { endSpawners } from './spawner-processes.js';
import { SPAWNER_STATES, type SpawnerEvent, type SpawnerState } from './spawner-states.js';

/** Tells when processes end, whoever started them. */
export interface ProcessWatch {
  /** Why ends of adopted processes are only seen after up to 250 ms; undefined while they are seen at once. */
  readonly problem: string | undefined;
  /** Calls `onEnd` once when the process has ended, also when it had already. @returns Stops it. */
  watch(identity: ProcessIdentity, onEnd: OnEnd): () => void;
  /** Is it told at once when a signal stops this process, or lets it go on? Only its parent can. */
  tellsOfStops(pid: number): boolean;
}

export interface SpawnerOptions {
  readonly clock: Clock;
  /** Absolute; where the next daemon finds the spawner. */
  readonly folder: string;
  readonly exitsFile: string;
  readonly book: ExitBook;
  /** Told that a signal has stopped a process or lets it go on; which of both, /proc knows. */
  readonly onStirred?: (pid: number) => void;
  /** Default `python3`. */
  readonly python?: string;
  /** Default: this program's own. */
  readonly direct?: ProcessStarter;
}

interface Request {
  readonly plan: SpawnPlan;
  readonly generation: number;
  readonly listener: StartListener;
}

/** So many deaths of spawners within the time, and this program starts processes itself for as long again. */
const DEATHS = { most: 3, withinMs: 60_000 };
/** A spawner of an earlier daemon that does not greet within this time is stopped or stuck. */
const GREETING_MS = 1000;
/** How long its end is waited for when this program ends. */
const FAREWELL_MS = 2000;

/**
 * Starts processes through a small Python process beside this program, and tells how they end. It stays their parent
 * when this program dies, and the next one connects to it. Where it cannot be had, this program starts them itself.
 */
export class Spawner implements ProcessStarter, ProcessWatch {
  readonly #clock: Clock;
  readonly #place: SpawnerPlace;
  readonly #direct: ProcessStarter;
  readonly #watched: WatchedProcesses;
  readonly #answers: AnswerWatch;
  readonly #onStirred: (pid: number) => void;
  readonly #asked = new Map<number, Request>();
  /** Children of the present spawner. */
  readonly #own = new Set<number>();
  /** For the next spawner. */
  readonly #waiting: Request[] = [];
  #state: SpawnerState = 'none';
  #link: SpawnerLink | undefined;
  #request = 0;
  #hasStarted = false;
  #problem: string | undefined;
  #offUntilMs = 0;
  #deathsMs: number[] = [];
  #greeted: ((isGreeted: boolean) => void) | undefined;

  constructor({
    clock,
    folder,
    exitsFile,
    book,
    onStirred = () => undefined,
    python = 'python3',
    direct = directStarter,
  }: SpawnerOptions) {
    this.#clock = clock;
    this.#direct = direct;
    this.#onStirred = onStirred;
    this.#place = { folder, exitsFile, python, ...findProgram() };
    this.#watched = new WatchedProcesses({ clock, book });
    this.#answers = new AnswerWatch({
      clock,
      ping: () => this.#link?.send(frame('p')),
      onSilence: (ms) => this.#lost(`it has not answered for ${Math.round(ms / 1000)} s`),
    });
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  /**
   * Before this program looks at what runs: takes over the spawner of an earlier daemon, or makes sure that none starts
   * anything any more.
   */
  reconnect(): Promise<void> {
    return holdOpen(async () => {
      const socket = await findSpawner(this.#place.folder);
      if (socket && (await this.#greet(socket))) return;
      await endSpawners(this.#place.folder, this.#clock);
    });
  }

  isBlocking(spec: LocalProcessSpec): boolean {
    return spec.stdio === 'pipe' || this.#isOff;
  }

  start(plan: SpawnPlan, generation: number, listener: StartListener): void {
    if (plan.refusal) {
      const { refusal } = plan;
      queueMicrotask(() => listener.failed(refusal));
    } else if (this.isBlocking(plan.spec)) this.#direct.start(plan, generation, listener);
    else this.#ask({ plan, generation, listener });
  }

  /**
   * Makes a FIFO before whatever is asked for next is started; what cannot be made is not there then.
   *
   * @returns false when there is no spawner to make it
   */
  makeFifo(path: string, owner: ProcessUser | undefined): boolean {
    if (this.#isOff) return false;
    this.#need();
    if (!this.#link) return false;
    this.#link.send(frame('f', [path, owner?.uid ?? -1, owner?.gid ?? -1]));
    return true;
  }

  watch(identity: ProcessIdentity, onEnd: OnEnd): () => void {
    this.#watched.add(identity, onEnd);
    if (this.#isOff) this.#watched.lookAfter([identity.pid]);
    else {
      this.#need();
      this.#tellWatch(identity);
    }
    return () => {
      if (this.#watched.remove(identity)) this.#link?.send(frame('d', [identity.pid]));
    };
  }

  tellsOfStops(pid: number): boolean {
    return this.#own.has(pid);
  }

  /** What runs goes on, with the spawner as its parent. */
  async close(): Promise<void> {
    const link = this.#link;
    this.#link = undefined;
    this.#step('close');
    this.#answers.stop();
    this.#watched.close();
    if (!link) return;
    // Also where nothing was ever started: whoever called has more to do afterwards.
    const timer = this.#clock.setTimeout(() => link.drop(), FAREWELL_MS);
    await holdOpen(() => link.close());
    this.#clock.clearTimeout(timer);
  }

  get #isOff(): boolean {
    if (this.#state === 'off' && this.#clock.monotonic() >= this.#offUntilMs) this.#need();
    return this.#state === 'off' || this.#state === 'closed';
  }

  #ask(request: Request): void {
    this.#need();
    if (!this.#link) {
      this.#waiting.push(request);
      return;
    }
    this.#request += 1;
    this.#asked.set(this.#request, request);
    if (!this.#hasStarted) this.#link.holdOpen(true);
    this.#hasStarted = true;
    this.#link.send(startFrame(this.#request, request.plan, request.generation));
    this.#answers.owe();
  }

  /** Requests may follow at once: they wait in the connection until the new spawner reads it. */
  #need(): void {
    if (!this.#step('need')) return;
    const socket = startSpawner(this.#place, (error) => this.#cannotBeHad(error.message));
    if (!socket) return;
    this.#open(socket);
    this.#answers.owe();
    for (const identity of this.#watched.identities) this.#tellWatch(identity);
    this.#watched.areSeen();
  }

  #open(socket: Socket): void {
    const link: SpawnerLink = new SpawnerLink(socket, {
      clock: this.#clock,
      onMessage: (message) => this.#hear(message),
      onLost: (why) => this.#lost(why),
    });
    link.holdOpen(this.#hasStarted);
    this.#link = link;
    this.#answers.start();
  }

  async #greet(socket: Socket): Promise<boolean> {
    const timer = this.#clock.setTimeout(() => this.#greeted?.(false), GREETING_MS);
    const isGreeted = await new Promise<boolean>((resolve) => {
      this.#greeted = resolve;
      this.#open(socket);
    });
    this.#greeted = undefined;
    this.#clock.clearTimeout(timer);
    if (isGreeted && this.#state !== 'none') return true;
    this.#answers.stop();
    // Of another version: it stays the parent of what it has started, and writes down how that ends.
    if (isGreeted) {
      this.#link?.send(frame('q'));
      await this.#link?.close();
    } else this.#link?.drop();
    this.#link = undefined;
    return isGreeted;
  }

  #hear(message: SpawnerMessage): void {
    this.#answers.heard();
    if (message.type === 'hello') this.#helloed(message.version);
    else if (message.type === 'unsupported') this.#cannotBeHad(message.why);
    else if (message.type === 'unreachable') this.#problem = unreachable(message.why);
    else if (message.type === 'started' || message.type === 'failed') this.#answered(message);
    else if (message.type === 'gone') this.#watched.gone(message.pid);
    else if (message.type === 'unwatched') this.#watched.lookAfter([message.pid]);
    else if (message.type === 'own') {
      this.#own.add(message.pid);
      // What happened between the last look and now was told to nobody.
      this.#onStirred(message.pid);
    } else if (message.type === 'stirred') this.#onStirred(message.pid);
    else if (message.type === 'ended') {
      this.#own.delete(message.pid);
      this.#watched.ended(message.pid, message.startTicks, message.end);
      this.#link?.send(frame('r', [message.pid]));
    }
    if (this.#asked.size > 0) this.#answers.owe();
  }

  #helloed(version: string): void {
    if (version === this.#place.version && this.#step('hello')) this.#problem = undefined;
    this.#greeted?.(true);
  }

  #answered(message: SpawnerMessage & { type: 'started' | 'failed' }): void {
    const request = this.#asked.get(message.request);
    this.#asked.delete(message.request);
    if (!request) return;
    if (message.type === 'started') {
      this.#own.add(message.pid);
      this.#began(request, message);
    } else request.listener.failed(startFailure(request.plan.spec, message.step, message.code));
  }

  #began({ listener }: Request, { pid, startTicks }: { pid: number; startTicks: number }): ProcessIdentity {
    const identity = { pid, startTicks, bootId: readBootId() };
    this.#watched.add(identity, (end, isHeld) => listener.ended(end, isHeld));
    listener.began({ pid, startTicks, release: () => this.#watched.remove(identity) });
    return identity;
  }

  #tellWatch({ pid, startTicks }: ProcessIdentity): void {
    this.#link?.send(frame('w', [pid, startTicks]));
  }

  #lost(why: string): void {
    if (this.#greeted) this.#greeted(false);
    else if (this.#step('lost')) void this.#recover(why);
  }

  /** Only when the old one is surely gone is it known what it has started, and may anything be asked for again. */
  async #recover(why: string): Promise<void> {
    this.#letGoOfLink();
    await holdOpen(() => endSpawners(this.#place.folder, this.#clock));
    if (this.#state !== 'recovering') return;
    const nowMs = this.#clock.monotonic();
    this.#deathsMs = [...this.#deathsMs.filter((atMs) => nowMs - atMs < DEATHS.withinMs), nowMs];
    const isBack = this.#deathsMs.length < DEATHS.most;
    if (isBack) this.#step('recovered');
    else this.#giveUp(why, nowMs + DEATHS.withinMs);
    this.#settleAsked();
    this.#passOnWaiting();
    this.#watched.lookOnce();
    if (isBack && this.#watched.identities.length > 0) this.#need();
  }

  /** What it had been asked for and not answered: found by its mark, or never started. */
  #settleAsked(): void {
    const asked = [...this.#asked.values()];
    this.#asked.clear();
    if (asked.length === 0) return;
    const { rows, markerOf } = lookNow();
    for (const request of asked) {
      const { instanceId, spec } = request.plan;
      const found = rows.find((row) => {
        const marker = row.session === row.pid ? markerOf(row.pid) : undefined;
        const isOurs = marker?.instanceId === instanceId && marker.processId === spec.id;
        return isOurs && marker.generation === request.generation;
      });
      if (found) this.#tellFound(this.#began(request, found));
      else request.listener.lost();
    }
  }

  #tellFound(identity: ProcessIdentity): void {
    if (this.#isOff) this.#watched.lookAfter([identity.pid]);
    else this.#tellWatch(identity);
  }

  #giveUp(why: string, untilMs: number): void {
    if (!this.#step('give_up')) return;
    this.#letGoOfLink();
    this.#offUntilMs = untilMs;
    this.#problem = `processes are started by the daemon itself, which stands still meanwhile, and ends of adopted ones are seen up to ${LOOK_EVERY_MS} ms late (${why})`;
    this.#watched.lookAfter();
  }

  /** There is no Python here that could be a spawner: nothing it was asked for was begun. */
  #cannotBeHad(why: string): void {
    this.#giveUp(why, Number.POSITIVE_INFINITY);
    const asked = [...this.#asked.values()];
    this.#asked.clear();
    for (const { listener } of asked) listener.lost();
    this.#passOnWaiting();
  }

  #passOnWaiting(): void {
    for (const { plan, generation, listener } of this.#waiting.splice(0))
      this.start(plan, generation, listener);
  }

  #letGoOfLink(): void {
    this.#own.clear();
    this.#answers.stop();
    this.#link?.drop();
    this.#link = undefined;
  }

  #step(event: SpawnerEvent): boolean {
    const outcome = step(SPAWNER_STATES, this.#state, event);
    if (outcome.ok) this.#state = outcome.to;
    return outcome.ok;
  }
}

function unreachable(why: string): string {
  return `the process that starts all others will not be found by the next daemon (${why})`;
}

/** By the package's name: bundled with others, this file is elsewhere. Its version is that of all files it is made of. */
function findProgram(): Pick<SpawnerPlace, 'program' | 'version'> {
  const program = createRequire(import.meta.url).resolve('@dreamnet/supervisor/spawner.py');
  const folder = dirname(program);
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).sort())
    if (name.endsWith('.py')) hash.update(readFileSync(join(folder, name)));
  return { program, version: hash.digest('hex').slice(0, 16) };
}
