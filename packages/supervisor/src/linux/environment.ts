import { readdirSync, readFileSync } from 'node:fs';
import { readSmallFile } from './process-table.js';

/**
 * What a process was started with, one `NAME=value` after the other, each ended by a zero byte; empty while it changes its program.
 *
 * @returns undefined when it is gone, or another user's: then it is none of ours.
 */
export function readEnvironment(pid: number): string | undefined {
  const environment = readEnviron(`/proc/${pid}`);
  if (environment) return environment;
  const state = environmentState(pid);
  return state === 'of threads' ? environmentOfThreads(pid) : state === 'none' ? undefined : environment;
}

/**
 * Reads environments for those who must not overlook anybody: waits for a process that is changing its program, which on a busy
 * machine takes a while.
 *
 * @param mostMs No longer than this for all together; the program stands still meanwhile.
 */
export function createPatientEnvironment(mostMs: number): (pid: number) => string | undefined {
  let leftMs = mostMs;
  return (pid) => {
    for (; leftMs > 0; leftMs -= 1) {
      const environment = readEnviron(`/proc/${pid}`);
      if (environment) return environment;
      const state = environmentState(pid);
      if (state === 'of threads') return environmentOfThreads(pid);
      if (state === 'none' || environment === undefined) return undefined;
      if (state === 'loading') Atomics.wait(NEVER, 0, 0, 1);
    }
    return readEnvironment(pid);
  };
}

/** One variable of what `readEnvironment` answers, without taking the others apart; undefined when it is not set. */
export function variableIn(environment: string, name: string): string | undefined {
  const prefix = `${name}=`;
  const start = environment.startsWith(prefix) ? 0 : environment.indexOf(`\0${prefix}`) + 1;
  if (start === 0 && !environment.startsWith(prefix)) return undefined;
  const end = environment.indexOf('\0', start);
  return environment.slice(start + prefix.length, end < 0 ? undefined : end);
}

/** The variables of what `readEnvironment` answers. */
export function parseEnvironment(environment: string): Record<string, string> {
  const pairs = Buffer.from(environment, 'latin1').toString('utf8').split('\0');
  return Object.fromEntries(
    pairs.flatMap((pair) => {
      const end = pair.indexOf('=');
      return end > 0 ? [[pair.slice(0, end), pair.slice(end + 1)]] : [];
    }),
  );
}

/** Where the first thread has ended, the others still show what they share. */
function environmentOfThreads(pid: number): string | undefined {
  for (const thread of threadsOf(pid)) {
    const environment = readEnviron(`/proc/${pid}/task/${thread}`);
    if (environment) return environment;
  }
  return undefined;
}

function threadsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return []; // they have ended, too
  }
}

/** @returns undefined of another user's, and of a thread that has ended: to an ordinary user that is root's, to root it is gone. */
function readEnviron(folder: string): string | undefined {
  try {
    return readFileSync(`${folder}/environ`, 'latin1');
  } catch {
    return undefined;
  }
}

/** Nobody ever changes it: to wait on it is to wait. */
const NEVER = new Int32Array(new SharedArrayBuffer(4));
/** Of a kernel's thread, and of a process that is ending. @source include/linux/sched.h */
const PF_KTHREAD = 0x0020_0000;
const PF_EXITING = 0x0000_0004;

/**
 * While a program is loaded the kernel knows no place of its environment, or for an instant one without length, as of an empty one;
 * but whoever sleeps is not being loaded.
 */
function environmentState(pid: number): 'none' | 'of threads' | 'loading' | 'there' {
  const stat = readSmallFile(`/proc/${pid}/stat`) ?? '';
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  /** By its number in proc(5). */
  const field = (number: number) => Number(fields[number - 3]);
  const [letter = ''] = fields;
  if (letter === 'Z' && field(20) > 1) return 'of threads';
  if ('ZX'.includes(letter) || (field(9) & (PF_KTHREAD | PF_EXITING)) !== 0) return 'none';
  const [start, end] = [field(50), field(51)];
  if (end > start) return 'there';
  return end === 0 || 'RD'.includes(letter) ? 'loading' : 'none';
}
