import { levelNamed } from './level-words.js';
import type { LineReading } from './line-reading.js';
import { readTime } from './line-time.js';

/** The names loggers give their fields, the commonest first. */
const LEVEL_KEYS = ['level', 'severity', 'lvl', 'levelname', 'severity_text', 'severityText', 'log.level'];
const TIME_KEYS = ['time', 'timestamp', 'ts', '@timestamp', 'at', 'datetime', 'asctime', 'date'];
const MESSAGE_KEYS = ['msg', 'message', 'event', 'text', 'body'];

/** `key=value` or `key="value with \" quotes"`. */
const PAIR = /([A-Za-z_@][\w.@-]*)=(?:"((?:[^"\\]|\\.)*)"|(\S*))(?:\s+|$)/y;
const MOST_PAIRS = 100;

/** A line that is one JSON object; undefined when it is something else. */
export function readJson(text: string): LineReading | undefined {
  const start = text.trimStart();
  if (!start.startsWith('{') || !text.trimEnd().endsWith('}')) return undefined;
  try {
    return readFields(new Map(Object.entries(JSON.parse(start) as object)));
  } catch {
    // Braces do not make JSON: then it is a plain line.
    return undefined;
  }
}

/** A line that is nothing but `key=value` pairs, with a level or a time or a message among them. */
export function readLogfmt(text: string): LineReading | undefined {
  if (!/^[A-Za-z_@][\w.@-]*=/.test(text)) return undefined;
  const fields = new Map<string, unknown>();
  PAIR.lastIndex = 0;
  for (let count = 0; PAIR.lastIndex < text.length; count += 1) {
    const match = count < MOST_PAIRS ? PAIR.exec(text) : null;
    if (!match) return undefined;
    const [, key = '', quoted, plain] = match;
    fields.set(key, quoted?.replace(/\\(.)/g, (_, sign: string) => (sign === 'n' ? '\n' : sign)) ?? plain);
  }
  const reading = readFields(fields);
  return Object.keys(reading).length === 0 ? undefined : reading;
}

function readFields(fields: ReadonlyMap<string, unknown>): LineReading {
  const level = levelNamed(first(fields, LEVEL_KEYS));
  const at = readTime(first(fields, TIME_KEYS));
  const message = first(fields, MESSAGE_KEYS);
  return {
    ...(level && { level }),
    ...(at !== undefined && { at }),
    ...(typeof message === 'string' && { message }),
  };
}

function first(fields: ReadonlyMap<string, unknown>, keys: readonly string[]): unknown {
  return fields.get(keys.find((key) => fields.has(key)) ?? '');
}
