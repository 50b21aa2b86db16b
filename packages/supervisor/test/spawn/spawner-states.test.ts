import { step } from '@dreamnet/kit';
import { expect, test } from 'vitest';
import { SPAWNER_STATES, type SpawnerEvent, type SpawnerState } from '../../src/spawn/spawner-states.js';

const STATES: readonly SpawnerState[] = ['none', 'opening', 'open', 'recovering', 'off', 'closed'];
const CELLS: Record<SpawnerEvent, readonly (SpawnerState | undefined)[]> = {
  need: ['opening', undefined, undefined, undefined, 'opening', undefined],
  hello: ['open', 'open', undefined, undefined, undefined, undefined],
  lost: [undefined, 'recovering', 'recovering', undefined, undefined, undefined],
  recovered: [undefined, undefined, undefined, 'none', undefined, undefined],
  give_up: [undefined, 'off', undefined, 'off', undefined, undefined],
  close: ['closed', 'closed', 'closed', 'closed', 'closed', undefined],
};

test('spawner: every cell of its table is decided', () => {
  for (const [event, targets] of Object.entries(CELLS) as [SpawnerEvent, (SpawnerState | undefined)[]][])
    for (const [at, target] of targets.entries()) {
      const outcome = step(SPAWNER_STATES, STATES[at] ?? 'none', event);
      expect(outcome.ok ? outcome.to : undefined).toBe(target);
    }
});
