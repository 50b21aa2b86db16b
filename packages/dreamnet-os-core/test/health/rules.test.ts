import type { AxisHealth, Liveness, Progress, Readiness, SubsystemStatus } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { deriveStatus, isError, sameTrouble, troublesOf } from '../../src/health/status-rules.js';

function axes(liveness: Liveness, readiness: Readiness, progress: Progress): AxisHealth {
  const reading = <S extends string>(state: S) => ({ state, reason: `is ${state}`, at: 0, since: 0 });
  return { liveness: reading(liveness), readiness: reading(readiness), progress: reading(progress) };
}

const LIVENESS = ['alive', 'suspended', 'dead', 'unknown'] as const;
const READINESS = ['ready', 'not_ready', 'unknown'] as const;
const PROGRESS = ['moving', 'idle', 'stuck', 'looping', 'unknown'] as const;
const TOLD = ['ok', 'warn', 'error', 'unknown', undefined] as const;

/** What the words must be, said once more in another way than the rules say it. */
function expected(
  l: Liveness,
  r: Readiness,
  p: Progress,
  told: SubsystemStatus | undefined,
): SubsystemStatus {
  if (l === 'dead' || l === 'suspended') return 'error';
  if (r === 'not_ready' && p === 'moving') return 'warn';
  if (told === 'error' || r === 'not_ready' || p === 'stuck') return 'error';
  if (told === 'warn' || p === 'looping') return 'warn';
  return r === 'ready' ? 'ok' : 'unknown';
}

test('status rules: every combination of the axes and of what is told gives the stated word', () => {
  let cells = 0;
  for (const l of LIVENESS)
    for (const r of READINESS)
      for (const p of PROGRESS)
        for (const word of TOLD) {
          const told = word && ({ status: word, by: 'heartbeat', details: undefined } as const);
          const inputs = {
            axes: axes(l, r, p),
            told,
            isStarting: false,
            hasFailed: false,
            isAnswering: r !== 'not_ready',
          };
          const verdict = deriveStatus({ ...inputs, isHeartbeatOverdue: false });
          expect([l, r, p, word, verdict.status]).toEqual([l, r, p, word, expected(l, r, p, word)]);
          expect(verdict.reason.length).toBeGreaterThan(0);
          cells += 1;
        }
  expect(cells).toBe(4 * 3 * 5 * 5);
});

test('status rules: nothing is ok unless something said or showed that it is ready', () => {
  for (const l of LIVENESS)
    for (const p of PROGRESS) {
      const inputs = {
        axes: axes(l, 'unknown', p),
        told: undefined,
        isStarting: false,
        hasFailed: false,
        isAnswering: true,
      };
      expect(deriveStatus({ ...inputs, isHeartbeatOverdue: false }).status).not.toBe('ok');
    }
});

test('status rules: all troubles are named, also those that the word passes over, each with what it may be shown as', () => {
  const inputs = {
    axes: axes('alive', 'not_ready', 'moving'),
    told: { status: 'warn', by: 'heartbeat', details: undefined } as const,
    isStarting: false,
    hasFailed: true,
    isAnswering: false,
    isHeartbeatOverdue: true,
  };
  expect(deriveStatus(inputs).rule).toBe('busy');
  const troubles = troublesOf(inputs);
  expect(troubles).toEqual(['busy', 'heartbeat_missing', 'not_ready', 'told_warn', 'heartbeat_late']);
  expect(troubles.filter(isError)).toEqual(['heartbeat_missing', 'not_ready']);
  for (const rule of troubles) expect(sameTrouble(rule)).toContain(rule);
  const well = { ...inputs, told: undefined, isAnswering: true, isHeartbeatOverdue: false };
  expect(troublesOf({ ...well, axes: axes('alive', 'ready', 'idle') })).toEqual([]);
  expect(sameTrouble('ready')).toEqual([]);
});
