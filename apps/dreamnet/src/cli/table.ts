import { stripVTControlCharacters } from 'node:util';
import type { Terminal } from './terminal.js';

/** One column: its heading and what a row shows there. */
export interface Column<R> {
  heading: string;
  cell: (row: R) => string;
  /** The column that is cut when the line is too long for the terminal. */
  isElastic?: boolean;
}

export interface Table<R> {
  columns: readonly Column<R>[];
  /** Said instead of a table without rows. */
  empty: string;
}

const GAP = '  ';

/**
 * Rows as aligned columns, without lines between them, as kubectl and ps print them.
 */
export function showTable<R>(terminal: Terminal, rows: readonly R[], table: Table<R>): string {
  const { columns, empty } = table;
  if (rows.length === 0) return terminal.colors.dim(empty);
  const cells = rows.map((row) => columns.map((column) => oneLine(column.cell(row))));
  const widths = columns.map((column, index) =>
    Math.max(column.heading.length, ...cells.map((line) => widthOf(line[index] ?? ''))),
  );
  const elastic = columns.findIndex((column) => column.isElastic);
  const total = widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length);
  if (terminal.isPerson && elastic >= 0 && total > terminal.columns) {
    const width = widths[elastic] ?? 0;
    widths[elastic] = Math.max(12, width - (total - terminal.columns));
  }
  const line = (parts: readonly string[]) =>
    parts
      .map((part, index) => fit(part, widths[index] ?? 0, index === parts.length - 1))
      .join(GAP)
      .trimEnd();
  const heading = terminal.colors.dim(line(columns.map((column) => column.heading)));
  return [heading, ...cells.map(line)].join('\n');
}

function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
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
