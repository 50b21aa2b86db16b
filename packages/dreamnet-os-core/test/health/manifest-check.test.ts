import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createDreamNetOSCore } from '../../src/index.js';

/** As a program without types would give it. */
function manifestOf(declared: unknown): { manifest: object } {
  return { manifest: declared as object };
}

test.each([
  [{ dependsOn: 'db' }, 'dependsOn', 'a list'],
  [{ dependsOn: ['db', { optional: true }] }, 'dependsOn[1]', "a text or an object with 'name'"],
  [{ connections: [null] }, 'connections[0]', "a text or an object with 'target'"],
  [{ needs: [{ name: 'text' }] }, 'needs[0]', 'a text'],
  [{ provides: 7 }, 'provides', 'a list'],
  [{ syncs: ['db'] }, 'syncs[0]', "an object with 'source'"],
  [{ indicators: [{ metric: 1 }] }, 'indicators[0]', "an object with 'metric'"],
  [{ domain: 'finance' }, 'domain', "one of 'infra', 'economy', 'social', 'dreamPipeline'"],
  [{ domain: null }, 'domain', "one of 'infra', 'economy', 'social', 'dreamPipeline'"],
  [
    { indicators: [{ metric: 'm', factor: 'speed', good: 1, bad: 0 }] },
    'indicators[0].factor',
    'a factor of one of the four scores',
  ],
  [
    { indicators: [{ metric: 'm', factor: 'growth', good: 1, bad: 1 }] },
    'indicators[0].bad',
    "another number than 'good': they state the direction",
  ],
  [
    { indicators: [{ metric: 'm', factor: 'growth', good: Number.NaN, bad: 1 }] },
    'indicators[0].good',
    'a finite number',
  ],
  [{ indicators: [{ metric: 'm', factor: 'growth', good: 1 }] }, 'indicators[0].bad', 'a finite number'],
  [{ heartbeat: { ttlMs: 0 } }, 'heartbeat.ttlMs', 'a number above 0, 31536000000 (365 days) at most'],
  [{ heartbeat: { ttlMs: 1e12 } }, 'heartbeat.ttlMs', 'a number above 0, 31536000000 (365 days) at most'],
  [{ heartbeat: 5000 }, 'heartbeat', "an object with 'ttlMs'"],
  [{ weight: 0 }, 'weight', 'a number from 0.01 to 100'],
  [{ weight: -1 }, 'weight', 'a number from 0.01 to 100'],
  [{ weight: 0.0001 }, 'weight', 'a number from 0.01 to 100'],
  [{ weight: 1_000_000 }, 'weight', 'a number from 0.01 to 100'],
  [{ weight: Number.NaN }, 'weight', 'a number from 0.01 to 100'],
  [{ weight: '3' }, 'weight', 'a number from 0.01 to 100'],
  [
    { indicators: [{ metric: 'm', factor: 'growth', good: 1, bad: 0, weight: 101 }] },
    'indicators[0].weight',
    'a number from 0.01 to 100',
  ],
])('manifest: %j is refused where it is given, with the place', (declared, place, expected) => {
  const core = createDreamNetOSCore({ clock: createFakeClock() });
  const refusal = expect.objectContaining({
    code: 'DN_CORE_MANIFEST_INVALID',
    details: expect.objectContaining({ name: 'a', place, expected }),
  });
  expect(() => core.watch('a', manifestOf(declared))).toThrow(refusal);
  expect(core.status().snapshot.subsystems).toEqual([]);
  // One that cannot be taken leaves nothing half done: those beside it are not taken either.
  expect(() => core.run({ b: {}, a: manifestOf(declared) })).toThrow(refusal);
  expect(core.status().snapshot.subsystems).toEqual([]);
});
