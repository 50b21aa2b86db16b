import { stripVTControlCharacters } from 'node:util';
import type { Terminal } from './terminal.js';

/** One column: its heading and what a row shows there. */
export interface Column<R> {
  heading: string;
  cell: (row: R) => string;
  /** Cut when the line is too long for the terminal; of several, the widest first. */
  isElastic?: boolean;
  /** On a terminal too narrow for all, columns with a number are left out, the smallest first. */
  spare?: number;
}

export interface Table<R> {
  columns: readonly Column<R>[];
  /** Said instead of a table without rows. */
  empty: string;
}

const GAP = '  ';
/** An elastic column narrower than this says too little: then columns that can be spared go first. */
const READABLE = 28;
const NARROWEST = 12;

/**
 * Rows as aligned columns, without lines between them, as kubectl and ps print them.
 */
export function showTable<R>(terminal: Terminal, rows: readonly R[], table: Table<R>): string {
  if (rows.length === 0) return terminal.colors.dim(table.empty);
  const columns = fitting(terminal, measured(rows, table.columns));
  const widths = columns.map(({ width }) => width);
  const cells = rows.map((_, index) => columns.map((column) => column.cells[index] ?? ''));
  const line = (parts: readonly string[]) =>
    parts
      .map((part, index) => fit(part, widths[index] ?? 0, index === parts.length - 1))
      .join(GAP)
      .trimEnd();
  const heading = terminal.colors.dim(line(columns.map((column) => column.heading)));
  return [heading, ...cells.map(line)].join('\n');
}

interface Measured extends Omit<Column<never>, 'cell'> {
  cells: readonly string[];
  width: number;
}

function measured<R>(rows: readonly R[], columns: readonly Column<R>[]): Measured[] {
  return columns.map(({ cell, ...column }) => {
    const cells = rows.map((row) => oneLine(cell(row)));
    return { ...column, cells, width: Math.max(column.heading.length, ...cells.map(widthOf)) };
  });
}

/** For a person: columns are left out and elastic ones cut, the widest first, until a line fits, as far as that goes. */
function fitting(terminal: Terminal, all: readonly Measured[]): readonly Measured[] {
  if (!terminal.isPerson || !all.some(({ isElastic }) => isElastic)) return all;
  let shown = all;
  const spared = all.filter(({ spare }) => spare !== undefined);
  for (const column of spared.sort((a, b) => (a.spare ?? 0) - (b.spare ?? 0)))
    if (lineWidth(shown, READABLE) > terminal.columns) shown = shown.filter((other) => other !== column);
  const cut = shown.map((column) => ({ ...column }));
  for (let over = lineWidth(cut) - terminal.columns; over > 0; over -= 1) {
    const [widest] = cut.filter(({ isElastic }) => isElastic).sort((a, b) => b.width - a.width);
    if (widest === undefined || widest.width <= NARROWEST) break;
    widest.width -= 1;
  }
  return cut;
}

/** @param elasticMost Elastic columns count as no wider than this. */
function lineWidth(columns: readonly Measured[], elasticMost = Number.POSITIVE_INFINITY): number {
  return columns.reduce(
    (sum, { width, isElastic }) => sum + (isElastic ? Math.min(width, elasticMost) : width) + GAP.length,
    -GAP.length,
  );
}

/** How many columns of a terminal a text takes; its colours take none. */
export function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}

/** A text in one line of at most so many columns, for a person; for a program whole. */
export function shorten(terminal: Terminal, text: string, room: number): string {
  const line = oneLine(text);
  return terminal.isPerson ? fit(line, Math.max(NARROWEST, room), true) : line;
}

/** Anything that could move the cursor comes from agents and is not for the terminal; our own colours stay. */
function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  return text.replace(/\u001b(?!\[[0-9;]*m)|[\u0000-\u001a\u001c-\u001f\u007f-\u009f]+/g, ' ');
}

function fit(text: string, width: number, isLast: boolean): string {
  const length = widthOf(text);
  if (length > width) return `${stripVTControlCharacters(text).slice(0, width - 1)}…`;
  return isLast ? text : text + ' '.repeat(width - length);
}
