import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Clock, ProcessIdentity, TimerHandle } from '@dreamnet/contracts';
import { isAlive } from '../linux/process-identity.js';
import { EXIT_WATCHER_SCRIPT } from './exit-watcher-script.js';

/** How often /proc is looked at where nothing can tell of an exit. */
const LOOK_EVERY_MS = 250;

export interface ExitWatcherOptions {
  readonly clock: Clock;
  /** Default `python3`. */
  readonly python?: string;
}

interface Watched {
  readonly identity: ProcessIdentity;
  readonly onExit: () => void;
}

/**
 * Tells when processes end that are not our children. A small Python process waits on their pidfds, so an exit is
 * seen within a millisecond; without Python 3.9 or pidfds /proc is looked at four times a second instead, and
 * `problem` says so. Nothing is started before the first process is watched.
 */
export class ExitWatcher {
  readonly #clock: Clock;
  readonly #python: string;
  readonly #watched = new Map<number, Watched>();
  #child: ChildProcess | undefined;
  #problem: string | undefined;
  #timer: TimerHandle | undefined;
  #isClosed = false;

  constructor({ clock, python = 'python3' }: ExitWatcherOptions) {
    this.#clock = clock;
    this.#python = python;
  }

  /** Why exits of adopted processes are only seen after up to 250 ms; undefined while they are seen at once. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Calls `onExit` once when the process has ended, also when it had already. */
  watch(identity: ProcessIdentity, onExit: () => void): () => void {
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
    watched?.onExit();
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
