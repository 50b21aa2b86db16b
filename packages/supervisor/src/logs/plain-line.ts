import type { LogLevel } from '@dreamnet/contracts';
import { levelNamed } from './level-words.js';
import type { LineReading } from './line-reading.js';
import { readStamp } from './line-time.js';

/** A level word stands at the beginning: further on it is part of what is said. */
const LOOKED_AT = 120;

/** klog and glog: `I1121 18:00:00.123456 …`. */
const KLOG = /^([IWEF])\d{4} \d{2}:\d{2}:\d{2}\.\d{3,6} /;
const KLOG_LEVELS: Readonly<Record<string, LogLevel>> = { I: 'info', W: 'warn', E: 'error', F: 'fatal' };

/** `[ERROR]`, `<warn>`, `(info)`, wherever it stands near the beginning. */
const IN_BRACKETS = /[[(<]\s*([A-Za-z]{3,11})\s*[\])>]/;
/** `ERROR` as a word of its own in capitals, with whatever sign after it; or `error:` in any case at the beginning. */
const IN_CAPITALS = /(?:^|[\s|-])([A-Z]{3,11})(?=[\s:|,-]|$)/g;
const WITH_COLON = /^\s*([A-Za-z]{3,11}):/;
/** `ValueError: …`, `Uncaught TypeError: …`: an exception by its name. */
const EXCEPTION = /^(?:Uncaught )?[A-Za-z_][\w.]*(?:Error|Exception)(?::|$)/;

/** Level and time of a line of plain text. */
export function readPlain(text: string): LineReading {
  const bracket = text.startsWith('[') ? 1 : 0;
  const stamp = readStamp(text.slice(bracket, bracket + 40));
  const rest = stamp ? text.slice(bracket + stamp.length).replace(/^\]/, '') : text;
  const level = plainLevel(rest.slice(0, LOOKED_AT));
  return { ...(level && { level }), ...(stamp && { at: stamp.at }) };
}

function plainLevel(text: string): LogLevel | undefined {
  const klog = KLOG.exec(text)?.[1];
  if (klog) return KLOG_LEVELS[klog];
  const named = levelNamed(IN_BRACKETS.exec(text)?.[1]) ?? levelNamed(WITH_COLON.exec(text)?.[1]);
  if (named) return named;
  for (const [, word] of text.matchAll(IN_CAPITALS)) {
    const level = levelNamed(word);
    if (level) return level;
  }
  return EXCEPTION.test(text) ? 'error' : undefined;
}
