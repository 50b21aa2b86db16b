import type { ProcessUsage, PsEntry } from '@dreamnet/contracts';
import picocolors from 'picocolors';
import { expect, test } from 'vitest';
import type { Terminal } from '../../src/cli/terminal.js';
import {
  exitResourceLines,
  showBytes,
  showCores,
  showTotals,
  showUsageTable,
  sortByUsage,
  USAGE_ORDERS,
} from '../../src/cli/usage-table.js';

const USAGE: ProcessUsage = {
  ...{
    atMs: 1,
    cpuMs: 10,
    ioBytes: 5,
    diskBytes: 1,
    residentBytes: 54.2 * 1024 ** 2,
    processes: 3,
    threads: 9,
  },
  ...{ openFiles: 20, spanMs: 1000, cpu: 0.5, ioBytesPerSecond: 2048, cgroupMemoryBytes: null, limits: {} },
};

function agent(name: string, usage: Partial<ProcessUsage> | null): PsEntry {
  const axis = (state: string) => ({ state, reason: '', ageMs: 0 });
  return {
    ...{ id: name, name, status: 'running', pid: usage && 1, startedAt: usage && 0, restarts: 0 },
    usage: usage && { ...USAGE, ...usage },
    health: { liveness: axis('alive'), readiness: axis('ready'), progress: axis('idle') },
  } as unknown as PsEntry;
}

const terminal: Terminal = {
  ...{ isPerson: true, columns: 100, rows: 40, colors: picocolors.createColors(false) },
  ...{ out: () => undefined, write: () => undefined, error: () => undefined },
  unread: new AbortController().signal,
};

test('usage: bytes and cores fit their columns', () => {
  expect([0, 512, 999, 1000, 54.2 * 1024 ** 2, 1.3 * 1024 ** 3, 900 * 1024 ** 2].map(showBytes)).toEqual([
    ...['0', '512B', '999B', '1.0K', '54.2M', '1.3G', '900M'],
  ]);
  expect([0, 0.004, 0.0996, 0.5, 1.5].map(showCores)).toEqual(['0.0%', '0.4%', '10%', '50%', '150%']);
});

test('usage: the most comes first, equals by name, who does not run last', () => {
  const agents = [agent('idle', { cpu: 0 }), agent('gone', null), agent('b', {}), agent('a', {})];
  expect(sortByUsage(agents, 'cpu').map(({ name }) => name)).toEqual(['a', 'b', 'idle', 'gone']);
  expect(sortByUsage(agents, 'name').map(({ name }) => name)).toEqual(['a', 'b', 'gone', 'idle']);
  for (const order of USAGE_ORDERS) expect(sortByUsage(agents, order)).toHaveLength(4);
});

test('usage: the table shows limits beside what is used, and a dash for what is not known', () => {
  const limited = agent('a', { cpu: null, limits: { memoryBytes: 256 * 1024 ** 2, pids: 8, cpu: 0.5 } });
  const [, row, gone] = showUsageTable(terminal, [limited, agent('gone', null)], 60_000).split('\n');
  expect(row?.split(/ {2,}/)).toEqual([
    ...['a', 'running', '-/50%', '54.2M/256M', '2.0K', '3/8', '20', '1m', '0'],
  ]);
  expect(gone?.split(/ {2,}/).slice(2, 7)).toEqual(['-', '-', '-', '-', '-']);
});

test('usage: totals are of all agents', () => {
  expect(showTotals(terminal, [agent('a', {}), agent('b', {}), agent('c', null)])).toBe(
    '2 of 3 agents run, cpu 100%, memory 108M, io 4.0K/s, 6 processes',
  );
});

test('exit: what is known of its resources, a line each', () => {
  expect(exitResourceLines(undefined)).toEqual([]);
  expect(
    exitResourceLines({
      ...{ shortages: ['memory'], memoryKills: 1, memoryPeakBytes: 64 * 1024 ** 2, forksRefused: 2 },
      ...{ throttledMs: 1500, limits: { memoryBytes: 64 * 1024 ** 2 } },
      pressure: { of: 'process', memory: { some: 12, full: 3 } },
      lastUse: { residentBytes: 60 * 1024 ** 2, cpu: 1, processes: 2, openFiles: 4 },
    }),
  ).toEqual([
    'memory at most 64.0M of 64.0M',
    '2 forks refused by the limit of pids',
    'held back 1.5s by the limit of cpu',
    '12% of the last 10 s waited for memory (its own)',
    'last seen with 60.0M in 2 processes',
  ]);
});
