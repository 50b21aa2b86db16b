import type { SparePhase } from '@dreamnet/contracts';
import { step } from '@dreamnet/kit';
import { expect, test } from 'vitest';
import { SPARE_STATES, type SpareEvent } from '../../src/spare/spare-states.js';

const EVENTS: readonly SpareEvent[] = [
  ...(['start', 'began', 'adopt', 'waits', 'failed', 'due'] as const),
  ...(['take_over', 'unfit', 'cancel'] as const),
];

/** Phase × event in the order above; `-` is refused. */
const CELLS: Record<SparePhase, string> = {
  off: 'starting - booting - - - - refused -',
  starting: '- booting - - resting - - - off',
  booting: '- - - waiting resting - off refused off',
  waiting: '- - - - resting - off - off',
  resting: '- - - - - starting - - off',
  refused: '- - - - - - - - off',
};

test('spare states: every cell is decided', () => {
  for (const [phase, row] of Object.entries(CELLS)) {
    const seen = EVENTS.map((event) => {
      const outcome = step(SPARE_STATES, phase as SparePhase, event);
      return outcome.ok ? outcome.to : '-';
    });
    expect(`${phase}: ${seen.join(' ')}`).toBe(`${phase}: ${row}`);
  }
});
