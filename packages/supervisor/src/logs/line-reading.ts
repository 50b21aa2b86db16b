import type { LogLevel } from '@dreamnet/contracts';
import { levelOf } from './level-words.js';
import { readPlain } from './plain-line.js';
import { readJson, readLogfmt } from './structured-line.js';

/** What a log line says of itself; what it does not say is left out. */
export interface LineReading {
  readonly level?: LogLevel;
  /** Epoch ms. */
  readonly at?: number;
  /** Only of structured lines. */
  readonly message?: string;
}

/** A line longer than this is not taken apart: it is data, not a message. */
const LONGEST_READ = 64 * 1024;

/** Colours and other terminal sequences stand between a reader and a level word. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what begins them
const TERMINAL_SEQUENCE = /\u001b\[[0-9;?]*[ -/]*[@-~]/g;

/** systemd's `<3>` before a line: the numbers are syslog's severities. */
const SYSLOG_PREFIX = /^<([0-7])>/;
const SYSLOG_LEVELS = ['fatal', 'fatal', 'fatal', 'error', 'warn', 'info', 'info', 'debug'] as const;

/**
 * Reads level, time and message of one line: a JSON object, logfmt, or plain text in the forms common loggers write.
 *
 * @source logfmt as Go's loggers write it; sd-daemon(3) for `<N>`; pino's and bunyan's numeric levels
 */
export function readLine(line: string): LineReading {
  if (line.length > LONGEST_READ) return {};
  const text = line.includes('\u001b') ? line.replace(TERMINAL_SEQUENCE, '') : line;
  const syslog = SYSLOG_PREFIX.exec(text);
  if (syslog) {
    const level = SYSLOG_LEVELS[Number(syslog[1])];
    return { ...readLine(text.slice(3)), ...(level && { level }) };
  }
  return readJson(text) ?? readLogfmt(text) ?? readPlain(text);
}

/** Does a line only go on from the one before it, as the lines of a stack trace do? */
export function isContinuation(line: string): boolean {
  return /^(?:[ \t]+\S|Caused by: |Traceback \(most recent call last\):|\.\.\. \d+ more)/.test(line);
}

/** Is a level at least as bad as another? */
export function isAtLeast(level: LogLevel, least: LogLevel): boolean {
  return levelOf(level) >= levelOf(least);
}
