import { expect, test } from 'vitest';
import { roundTrip } from './round-trip.js';

test('Procfile: ports are counted as foreman counts, by every line that names a command', () => {
  const { fleet } = roundTrip({
    Procfile: ['web: sh a', '# no', 'nonsense', '', 'release: sh b', 'worker: sh c', 'web_2: sh d'].join(
      '\n',
    ),
  });
  expect(Object.entries(fleet.agents).map(([name, { env }]) => [name, env.PORT])).toEqual([
    ['web', '5000'],
    ['worker', '5200'],
    ['web_2', '5300'],
  ]);
});
