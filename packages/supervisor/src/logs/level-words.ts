import { LOG_LEVELS, type LogLevel } from '@dreamnet/contracts';

/** The words loggers of different languages use, in lower case. */
const WORDS: ReadonlyMap<string, LogLevel> = new Map([
  ...['trace', 'trc', 'finest', 'finer', 'verbose', 'silly'].map((word) => [word, 'trace'] as const),
  ...['debug', 'dbg', 'debg', 'fine'].map((word) => [word, 'debug'] as const),
  ...['info', 'inf', 'information', 'notice', 'log', 'success'].map((word) => [word, 'info'] as const),
  ...['warn', 'warning', 'wrn'].map((word) => [word, 'warn'] as const),
  ...['error', 'err', 'eror', 'severe', 'failure'].map((word) => [word, 'error'] as const),
  ...['fatal', 'ftl', 'critical', 'crit', 'panic', 'alert', 'emerg', 'emergency'].map(
    (word) => [word, 'fatal'] as const,
  ),
]);

/** pino and bunyan count in tens; what lies between belongs to the lower one. */
const TENS: readonly LogLevel[] = ['trace', 'trace', 'debug', 'info', 'warn', 'error', 'fatal'];

/** The level a word or number stands for; undefined when it stands for none. */
export function levelNamed(value: unknown): LogLevel | undefined {
  if (typeof value === 'string') return WORDS.get(value.trim().toLowerCase());
  if (typeof value !== 'number' || !(value >= 10)) return undefined;
  return TENS[Math.min(Math.floor(value / 10), TENS.length - 1)];
}

/** The place of a level in their order, mildest 0. */
export function levelOf(level: LogLevel): number {
  return LOG_LEVELS.indexOf(level);
}
