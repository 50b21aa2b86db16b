import type { LogEntry } from '@dreamnet/contracts';
import { TERMINAL_SEQUENCE } from '@dreamnet/kit';
import { showTime, type Terminal } from './terminal.js';

export interface LogTextOptions {
  /** The agent's name before each line. */
  readonly withNames: boolean;
  readonly withTimes: boolean;
}

/** Told apart at a glance; red and yellow are left to levels. */
const NAME_COLOURS = [
  'cyan',
  'green',
  'magenta',
  'blue',
  'cyanBright',
  'greenBright',
  'magentaBright',
] as const;

/** Names longer than this are not waited for: the lines of the others stay near the edge. */
const WIDEST_NAME = 24;

/** Terminal sequences, then what else moves the cursor, rings or is no text. Tabs stay. */
const CONTROL = new RegExp(
  String.raw`${TERMINAL_SEQUENCE.source}|[\u0000-\u0008\u000a-\u001f\u007f-\u009f]`,
  'g',
);
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what begins them
const COLOUR = /^\u001b\[[0-9;:]*m$/;

/**
 * Makes lines for people. Each agent keeps its colour; a level colours lines that have no colours of their own. What
 * an agent writes can colour the terminal and nothing else.
 */
export function createLogPrinter(
  { colors, isPerson }: Pick<Terminal, 'colors' | 'isPerson'>,
  { withNames, withTimes }: LogTextOptions,
): (entry: LogEntry) => string {
  const colourOf = new Map<string, (text: string) => string>();
  let width = 0;
  const nameOf = (agent: string) => {
    const name = NAME_COLOURS[colourOf.size % NAME_COLOURS.length] ?? 'cyan';
    const colour = colourOf.get(agent) ?? colors[name];
    colourOf.set(agent, colour);
    width = Math.max(width, Math.min(agent.length, WIDEST_NAME));
    return `${colour(`${agent.padEnd(width)} |`)} `;
  };
  return (entry) => {
    const text = withoutControl(entry.line, isPerson);
    const time = withTimes ? `${colors.dim(showTime(entry.at, true))} ` : '';
    const line = text.isColoured ? `${text.text}\u001b[0m` : byLevel(colors, entry)(text.text);
    return `${withNames ? nameOf(entry.agent) : ''}${time}${line}`;
  };
}

function byLevel(colors: Terminal['colors'], { level, stream }: LogEntry): (text: string) => string {
  if (level === 'error' || level === 'fatal') return colors.red;
  if (level === 'warn') return colors.yellow;
  if (level === 'debug' || level === 'trace') return colors.dim;
  return level === null && stream === 'err' ? colors.yellow : String;
}

function withoutControl(line: string, keepsColours: boolean): { text: string; isColoured: boolean } {
  let isColoured = false;
  const text = line.replace(CONTROL, (found) => {
    if (found.length === 1) return caret(found);
    if (!keepsColours || !COLOUR.test(found)) return '';
    isColoured = true;
    return found;
  });
  return { text, isColoured };
}

/** `^@` for a zero byte, as terminals and `cat -v` show them. */
function caret(character: string): string {
  const code = character.charCodeAt(0);
  return code < 32 ? `^${String.fromCharCode(code + 64)}` : '^?';
}
