import { expect, test } from 'vitest';
import { createScene, START } from '../setup.js';

const HOUR_MS = 3_600_000;

test('alert record: one that starts after the end it is given by the resolve timeout is refused', () => {
  const { delivery } = createScene({ ops: [] }, { parts: { resolveTimeoutMs: HOUR_MS } });
  const refusals = delivery.post([
    { labels: { n: 'future' }, startsAt: START + HOUR_MS + 1 },
    { labels: { n: 'soon' }, startsAt: START + HOUR_MS },
    { labels: { n: 'planned' }, startsAt: START + 2 * HOUR_MS, endsAt: START + 3 * HOUR_MS },
  ]);
  expect(refusals).toEqual([{ index: 0, problem: expect.stringContaining('starts after its end') }]);
  expect(delivery.alerts().map(({ labels }) => labels.n)).not.toContain('future');
});
