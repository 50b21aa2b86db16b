import type { SpareView } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { spareText } from '../../src/labels/spare-text.js';

const NOW = 1_800_000_000_000;
const spare = (more: Partial<SpareView>): SpareView => ({
  ...{ phase: 'off', identity: null, startedAt: null, waitingSince: null, takeovers: 0, failures: 0 },
  ...{ nextAttemptAt: null, problem: null },
  ...more,
});

test('spare: one that waits says for how long, with its pid and how often one took over', () => {
  const identity = { pid: 7, startTicks: 1, bootId: 'b' };
  const waiting = spare({ phase: 'waiting', identity, waitingSince: NOW - 65_000, takeovers: 2 });
  expect(spareText(waiting, NOW)).toBe('waiting for 1 m 5 s, pid 7, took over 2 times');
});

test('spare: one that is not there says why', () => {
  expect(spareText(spare({}), NOW)).toBe('none yet: it is started when its agent serves');
  expect(spareText(spare({ phase: 'refused', problem: 'it does not know how to wait' }), NOW)).toBe(
    'refused, it does not know how to wait',
  );
  expect(spareText(spare({ phase: 'resting', failures: 3, nextAttemptAt: NOW }), NOW)).toMatch(
    /^resting, 3 failed in a row, next try at \d\d:\d\d:\d\d\.\d{3}$/,
  );
});
