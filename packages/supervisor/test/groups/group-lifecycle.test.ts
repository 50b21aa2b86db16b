import type { GroupPhase } from '@dreamnet/contracts';
import { step } from '@dreamnet/kit';
import { expect, test } from 'vitest';
import { GROUP_LIFECYCLE, type GroupEvent } from '../../src/groups/group-lifecycle.js';

// Every cell, decided by hand: `.` is refused.
const MATRIX = `
             restart     give_up  ended   retry       started
  running    restarting  ending   .       .           .
  restarting restarting  ending   .       .           running
  ending     .           .        broken  .           .
  broken     restarting  ending   .       restarting  .
`;
const [head = [], ...rows] = MATRIX.trim()
  .split('\n')
  .map((line) => line.trim().split(/\s+/));
const cells = rows.flatMap(([phase = '', ...targets]) =>
  targets.map((target, at) => [phase, head[at] ?? '', target] as const),
);

test('group phases: the matrix of this test has every phase', () => {
  expect(rows.map(([phase]) => phase).sort()).toEqual(Object.keys(GROUP_LIFECYCLE).sort());
});

test.each(cells)('group phases: %s × %s → %s', (phase, event, target) => {
  const outcome = step(GROUP_LIFECYCLE, phase as GroupPhase, event as GroupEvent);
  expect(outcome.ok ? outcome.to : '.').toBe(target);
});
