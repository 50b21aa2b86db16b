import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Clock, ProcessIdentity, TimerHandle } from '@dreamnet/contracts';
import { isAlive } from '../linux/process-identity.js';
import { readProcess } from '../linux/process-table.js';
import { type RunEnd, UNKNOWN_END } from '../run.js';
import type { ExitBook } from './exit-book.js';
import { EXIT_WATCHER_SCRIPT } from './exit-watcher-script.js';

/** How often /proc is looked at where nothing can tell of an exit. */
const LOOK_EVERY_MS = 250;

/** An end is told when the process becomes a zombie; whoever waits for it writes the end down before it is gone. */
const BOOK_LOOK_MS = 1;
/** A witness that does not write within this time is stopped or stuck. */
const BOOK_DEADLINE_MS = 100;

export interface ExitWatcherOptions {
  readonly clock: Clock;
  /** Default `python3`. */
  readonly python?: string;
  readonly book: ExitBook;
}

type OnExit = (end: RunEnd) => void;

interface Watched {
  readonly identity: ProcessIdentity;
  readonly onExit: OnExit;
}

/**
 * Tells when processes end that are not our children. A small Python process waits on their pidfds, so an exit is
 * seen within a millisecond; without Python 3.9 or pidfds /proc is looked at four times a second instead, and
 * `problem` says so. Nothing is started before the first process is watched.
 */
export class ExitWatcher {
  readonly #clock: Clock;
  readonly #python: string;
  readonly #book: ExitBook;
  readonly #watched = new Map<number, Watched>();
  #child: ChildProcess | undefined;
  #problem: string | undefined;
  #timer: TimerHandle | undefined;
  #isClosed = false;

  constructor({ clock, book, python = 'python3' }: ExitWatcherOptions) {
    this.#clock = clock;
    this.#book = book;
    this.#python = python;
  }

  /** Why exits of adopted processes are only seen after up to 250 ms; undefined while they are seen at once. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Calls `onExit` once when the process has ended, also when it had already. */
  watch(identity: ProcessIdentity, onExit: OnExit): () => void {
    this.#watched.set(identity.pid, { identity, onExit });
    if (this.#problem === undefined) {
      this.#child ??= this.#startChild();
      this.#tell(`add ${identity.pid} ${identity.startTicks}`);
    } else this.#look();
    return () => {
      if (this.#watched.get(identity.pid)?.identity !== identity) return;
      this.#watched.delete(identity.pid);
      this.#tell(`drop ${identity.pid}`);
    };
  }

  close(): void {
    this.#isClosed = true;
    this.#watched.clear();
    if (this.#timer) this.#clock.clearTimeout(this.#timer);
    this.#child?.stdin?.end();
    this.#child = undefined;
  }

  #startChild(): ChildProcess {
    const child = spawn(this.#python, ['-S', '-E', '-c', EXIT_WATCHER_SCRIPT], {
      env: {},
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    child.unref();
    child.stdin?.on('error', () => this.#fallBack('its watcher closed its input'));
    child.on('error', (error) => this.#fallBack(error.message));
    child.on('exit', () => this.#fallBack('its watcher ended'));
    if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => this.#hear(line));
    // Only the pipe's handles would keep our process alive.
    for (const pipe of [child.stdin, child.stdout]) unrefPipe(pipe);
    return child;
  }

  #hear(line: string): void {
    const [word, argument] = line.split(' ', 2);
    if (word === 'unsupported') this.#fallBack(`no pidfd: ${line.slice(12)}`);
    else if (word === 'exit') this.#ended(Number(argument));
  }

  #ended(pid: number): void {
    const watched = this.#watched.get(pid);
    this.#watched.delete(pid);
    if (watched) this.#tellEnd(watched, this.#clock.monotonic() + BOOK_DEADLINE_MS);
  }

  #tellEnd({ identity, onExit }: Watched, untilMs: number): void {
    if (this.#isClosed) return;
    // Asked before the book is read: when it was gone then, the book held all that it ever will.
    const isThere = readProcess(identity.pid)?.startTicks === identity.startTicks;
    const end = this.#book.find(identity);
    if (end || !isThere || !this.#book.isKept || this.#clock.monotonic() >= untilMs)
      onExit(end ?? UNKNOWN_END);
    else this.#clock.setTimeout(() => this.#tellEnd({ identity, onExit }, untilMs), BOOK_LOOK_MS);
  }

  #tell(line: string): void {
    if (this.#child?.stdin?.writable) this.#child.stdin.write(`${line}\n`);
  }

  #fallBack(why: string): void {
    if (this.#problem !== undefined || this.#isClosed) return;
    this.#problem = `exits of adopted processes are seen up to ${LOOK_EVERY_MS} ms late (${why})`;
    this.#child = undefined;
    this.#look();
  }

  #look(): void {
    if (this.#timer) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const { identity } of [...this.#watched.values()])
      if (!isAlive(identity, identity.bootId)) this.#ended(identity.pid);
    if (this.#watched.size > 0 && !this.#isClosed)
      this.#timer = this.#clock.setTimeout(() => this.#look(), LOOK_EVERY_MS);
  }
}

function unrefPipe(pipe: object | null): void {
  if (pipe && 'unref' in pipe && typeof pipe.unref === 'function') pipe.unref();
}
