import type { StartWait } from '@dreamnet/contracts';
import type { DreamnetError } from '@dreamnet/kit';
import picocolors from 'picocolors';
import { programError } from '../errors.js';
import { withColoursOnly } from './foreign-text.js';

/** Where the command line writes, and whether a person is looking. */
export interface Terminal {
  readonly isPerson: boolean;
  readonly columns: number;
  readonly rows: number;
  readonly colors: ReturnType<typeof picocolors.createColors>;
  out(text: string): void;
  /** As it is, without a line's end. */
  write(text: string): void;
  error(text: string): void;
  /** Aborted once nobody reads the output any more, as after `| head`. Writing goes on to be harmless. */
  readonly unread: AbortSignal;
}

/** The process's own terminal, which can be lost. */
export interface ProcessTerminal extends Terminal {
  /**
   * Waits until what was printed is written.
   *
   * @returns DN_CLI_OUTPUT_LOST when it could not be, as on a full disk; undefined also when whoever read it has left.
   */
  lostOutput(): Promise<DreamnetError | undefined>;
}

/** Who reads has left, which is theirs to decide; the last is what every write after that is answered. */
const READER_LEFT: ReadonlySet<string | undefined> = new Set(['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED']);

/** The process's own terminal. Colours only where a person looks and NO_COLOR is not set. */
export function processTerminal(wantsNoColor: boolean): ProcessTerminal {
  const isPerson = process.stdout.isTTY === true;
  const unread = new AbortController();
  // Without a listener a closed pipe, or a full disk behind a redirection, would end a daemon in the middle of its work.
  let lost: DreamnetError | undefined;
  const note = (thrown: NodeJS.ErrnoException) => {
    if (!READER_LEFT.has(thrown.code))
      lost ??= programError('DN_CLI_OUTPUT_LOST', { why: thrown.message }, thrown);
    unread.abort();
  };
  process.stdout.on('error', note);
  process.stderr.on('error', () => undefined);
  return {
    isPerson,
    get columns() {
      return process.stdout.columns ?? 100;
    },
    get rows() {
      return process.stdout.rows ?? 40;
    },
    colors: picocolors.createColors(isPerson && !wantsNoColor),
    out: (text) => void process.stdout.write(`${withColoursOnly(text)}\n`),
    write: (text) => void process.stdout.write(text),
    error: (text) => void process.stderr.write(`${withColoursOnly(text)}\n`),
    unread: unread.signal,
    lostOutput: () =>
      new Promise((resolve) => {
        process.stdout.write('', (thrown) => {
          // A write is answered before the stream tells of its error.
          if (thrown) note(thrown);
          resolve(lost);
        });
      }),
  };
}

/** `1.2s`, `3m 4s`, `2h`, `2d 3h`: two units at most. */
export function showDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)}s`;
  const whole = Math.floor(seconds);
  const units: [number, string][] = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'm'],
    [whole % 60, 's'],
  ];
  const first = units.findIndex(([count]) => count > 0);
  return units
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count}${unit}`)
    .join(' ');
}

/** The local time of day, with milliseconds when `isExact`. */
export function showTime(at: number, isExact = false): string {
  // Not by the locale's rules: to load those takes a daemon a tenth of a second, at its first alert.
  const text = new Date(at).toTimeString().slice(0, 8);
  return isExact ? `${text}.${String(at % 1000).padStart(3, '0')}` : text;
}

/** Colours a status, severity or state word by what it means. */
export function paint(terminal: Terminal, word: string): string {
  const { colors } = terminal;
  if (/^(ok|running|alive|ready|moving|resolved|succeeded|fixed|verified)$/.test(word))
    return colors.green(word);
  if (
    /^(warn|warning|pending|waiting|suspended|detected|idle|backoff|restarting|ending|executing|verifying|needs_approval|looping)$/.test(
      word,
    )
  )
    return colors.yellow(word);
  if (/^(error|critical|dead|not_ready|stuck|broken|failed|active|open)$/.test(word)) return colors.red(word);
  return colors.dim(word);
}

/** Whom a start waits for, and until when at the latest. */
export function showWait({ for: names, until }: StartWait): string {
  return `${names.join(', ')}${until === null ? '' : `, until ${showTime(until)}`}`;
}
