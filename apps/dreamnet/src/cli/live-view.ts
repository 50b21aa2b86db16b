import type { Clock, TimerHandle } from '@dreamnet/contracts';
import { withColoursOnly } from './foreign-text.js';
import { widthOf } from './table.js';
import type { Terminal } from './terminal.js';

/** A part of the terminal that is drawn again and again in place. */
export interface LiveView {
  /** Draws anew soon; many calls within a moment are one drawing. */
  refresh(): void;
  /** Draws a last time and leaves the cursor below. */
  stop(): void;
}

export interface LiveViewOptions {
  terminal: Terminal;
  clock: Clock;
  render: () => string;
  /** Drawn at least this often, because ages grow without any event. */
  everyMs: number;
}

/** Two drawings are at least this far apart: faster is only flicker. */
const SHORTEST_MS = 100;
/** ESC [ n F: up n lines, to the first column. ESC [ J: clear from there down. */
const redrawFrom = (lines: number) => `\u001b[${lines}F\u001b[J`;

/** For a person's terminal only: it moves the cursor. */
export function createLiveView(options: LiveViewOptions): LiveView {
  const { terminal, clock, render, everyMs } = options;
  let drawn: string | undefined;
  let timer: TimerHandle | undefined;
  let isStopped = false;
  const draw = () => {
    const text = withColoursOnly(render());
    terminal.write(`${drawn === undefined ? '' : redrawFrom(rowsOf(terminal, drawn))}${text}\n`);
    drawn = text;
  };
  const schedule = (delayMs: number) => {
    if (timer) clock.clearTimeout(timer);
    timer = clock.setTimeout(() => {
      draw();
      if (!isStopped) schedule(everyMs);
    }, delayMs);
  };
  draw();
  schedule(everyMs);
  return {
    refresh: () => {
      if (!isStopped) schedule(SHORTEST_MS);
    },
    stop: () => {
      isStopped = true;
      if (timer) clock.clearTimeout(timer);
    },
  };
}

/** A line longer than the terminal takes several rows, and as many must be drawn over. */
function rowsOf({ columns }: Terminal, text: string): number {
  return text
    .split('\n')
    .reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / Math.max(1, columns))), 0);
}
