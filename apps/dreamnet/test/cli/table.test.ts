import picocolors from 'picocolors';
import { expect, test } from 'vitest';
import { showTable } from '../../src/cli/table.js';
import { showDuration, type Terminal } from '../../src/cli/terminal.js';

function terminal(columns: number, isPerson = true): Terminal {
  return {
    isPerson,
    columns,
    rows: 40,
    colors: picocolors.createColors(false),
    out: () => undefined,
    write: () => undefined,
    error: () => undefined,
    unread: new AbortController().signal,
  };
}

const COLUMNS = [
  { heading: 'NAME', cell: (row: string[]) => row[0] ?? '' },
  { heading: 'WHY', cell: (row: string[]) => row[1] ?? '', isElastic: true },
];

test('table: columns are as wide as their widest cell', () => {
  expect(
    showTable(
      terminal(80),
      [
        ['a', 'x'],
        ['long-name', 'y'],
      ],
      { columns: COLUMNS, empty: 'none' },
    ),
  ).toBe('NAME       WHY\na          x\nlong-name  y');
});

test('table: a line longer than the terminal is cut in its elastic column, for people only', () => {
  const rows = [['a', 'x'.repeat(100)]];
  expect(showTable(terminal(40), rows, { columns: COLUMNS, empty: 'none' }).split('\n')[1]).toHaveLength(40);
  expect(
    showTable(terminal(40, false), rows, { columns: COLUMNS, empty: 'none' }).split('\n')[1],
  ).toHaveLength(106);
});

test('table: on a narrow terminal columns that can be spared go first, then the widest elastic one is cut', () => {
  const columns = [
    { heading: 'NAME', cell: (row: string[]) => row[0] ?? '', isElastic: true },
    { heading: 'TYPE', cell: () => 'a-type', spare: 1 },
    { heading: 'SINCE', cell: () => '12:00:00', spare: 2 },
    { heading: 'WHY', cell: (row: string[]) => row[1] ?? '', isElastic: true },
  ];
  const lines = (width: number, isPerson = true) =>
    showTable(terminal(width, isPerson), [['n'.repeat(20), 'w'.repeat(40)]], { columns, empty: '' }).split(
      '\n',
    );
  const [n20, w40] = ['n'.repeat(20), 'w'.repeat(40)];
  expect(lines(80)[1]).toBe(`${n20}  a-type  12:00:00  ${w40}`);
  expect(lines(60)[0]).toBe('NAME                  SINCE     WHY');
  expect(lines(60)[1]).toHaveLength(60);
  expect(lines(40)[1]).toBe(`${'n'.repeat(18)}…  ${'w'.repeat(18)}…`);
  expect(lines(40, false)[1]).toBe(`${n20}  a-type  12:00:00  ${w40}`);
});

test('table: what an agent wrote cannot move the cursor or break the line', () => {
  expect(
    showTable(terminal(80), [['a', 'x\n\u0007y\u0000']], { columns: COLUMNS, empty: 'none' }).split('\n'),
  ).toHaveLength(2);
});

test('table: an escape sequence of an agent loses its escape, a colour of ours stays', () => {
  const shown = showTable(terminal(80), [['\u001b[31mred\u001b[39m', '\u001b[2J\u001b]0;title']], {
    columns: COLUMNS,
    empty: 'none',
  });
  expect(shown).toContain('\u001b[31mred\u001b[39m');
  expect(shown).not.toContain('\u001b[2J');
  expect(shown).not.toContain('\u001b]');
});

test('table: without rows it says so', () => {
  expect(showTable(terminal(80), [], { columns: COLUMNS, empty: 'No agents.' })).toBe('No agents.');
});

test('durations: two units at most, and milliseconds under a second', () => {
  expect([0, 999, 1500, 59_000, 61_000, 3_600_000, 90_061_000].map(showDuration)).toEqual([
    '0ms',
    '999ms',
    '1.5s',
    '59s',
    '1m 1s',
    '1h',
    '1d 1h',
  ]);
});
