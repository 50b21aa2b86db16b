import type { HealthExplanation, PsEntry, StatusView } from '@dreamnet/contracts';
import picocolors from 'picocolors';
import { expect, test } from 'vitest';
import { showAgents } from '../../src/cli/commands/look.js';
import { showExplanation, showStatus } from '../../src/cli/status-text.js';
import type { Terminal } from '../../src/cli/terminal.js';

const LONG = 'a-name-of-sixty-characters-which-is-what-a-fleet-file-takes-';
const REASON = 'answered 503, expected 200 to 299; asked at http://127.0.0.1:8080/health';
const COLUMNS = 80;

const terminal = (isPerson: boolean): Terminal => ({
  ...{ isPerson, columns: COLUMNS, rows: 24, colors: picocolors.createColors(false) },
  ...{ out: () => undefined, write: () => undefined, error: () => undefined },
  unread: new AbortController().signal,
});

const axis = (state: string) => ({ state, reason: REASON, ageMs: 0 });
const agent = {
  ...{ id: LONG, name: LONG, status: 'running', pid: 12_345, startedAt: 0, restarts: 3, notEnforced: [] },
  health: { liveness: axis('alive'), readiness: axis('not_ready'), progress: axis('idle') },
} as unknown as PsEntry;

const status = {
  ...{ explanations: [], frozen: [], daemon: { pid: 1, uptimeMs: 1 } },
  counts: {
    ...{ activeAlerts: 0, openIncidents: 0, openGaps: 0, agents: 1, stoppedAgents: 0 },
    subsystems: { ok: 0, warn: 0, error: 1, unknown: 0 },
  },
  snapshot: {
    version: { label: '' },
    subsystems: [{ name: LONG, status: 'error', lastUpdatedAt: 0, details: REASON }],
  },
} as unknown as StatusView;

const widest = (text: string) => Math.max(...text.split('\n').map((line) => line.length));

test('ps and status: a long name is shortened on a terminal, so that no line is longer than it', () => {
  const ps = showAgents(terminal(true), [agent], 60_000);
  expect([ps, widest(ps) <= COLUMNS]).toEqual([ps, true]);
  const shown = showStatus(terminal(true), status, { rows: 10, now: 60_000 });
  expect([shown, widest(shown) <= COLUMNS]).toEqual([shown, true]);
  for (const text of [ps, shown]) expect(text).toMatch(/a-name-of-\S*… .*answered 5/);
});

test('ps and status: where a program reads, names are whole', () => {
  expect(showAgents(terminal(false), [agent], 60_000)).toContain(`${LONG} `);
  expect(showStatus(terminal(false), status, { rows: 10, now: 60_000 })).toContain(`${LONG} `);
});

test('status explain: no line is longer than the terminal, and through a pipe all of it is there', () => {
  const factors = ['availability', 'serviceHealth', 'performance', 'errorRate'];
  const explanation: HealthExplanation = {
    ...{ domain: 'infra', score: 0.5, confidence: 1, terms: [], missingFactors: [...factors, ...factors] },
    factors: factors.map((factor) => ({ factor, value: 0.5, loss: 0.125 })),
    leftOut: [{ factor: 'performance', source: `${LONG}/queue`, reason: REASON }],
  };
  const shown = showExplanation(terminal(true), explanation, 0);
  expect([shown, widest(shown) <= COLUMNS]).toEqual([shown, true]);
  const whole = showExplanation(terminal(false), explanation, 0);
  expect(whole).toContain('errorRate 0.500 (−0.1250)');
  expect(whole).toContain(REASON);
});
