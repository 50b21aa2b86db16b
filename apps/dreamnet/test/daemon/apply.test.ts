import { expect, test } from 'vitest';
import type { LoadedFleet } from '../../src/config/load.js';
import { fleetSchema } from '../../src/config/schema.js';
import { diffFleets, isEmptyDiff } from '../../src/daemon/apply.js';

function fleet(value: object): LoadedFleet {
  const place = () => ({ file: 'f', line: 1, column: 1 });
  return {
    file: 'f',
    text: '',
    isRecalled: false,
    folder: '/',
    fleet: fleetSchema.parse({ version: 1, ...value }),
    placeOf: place,
    placeOfKey: place,
  };
}

const agent = (command: string) => ({ runtime: 'custom', command: [command] });

test('fleet diff: the same file differs in nothing', () => {
  const one = fleet({ agents: { a: agent('x') }, subsystems: { s: {} } });
  expect(isEmptyDiff(diffFleets(one, fleet({ agents: { a: agent('x') }, subsystems: { s: {} } })))).toBe(
    true,
  );
});

test('fleet diff: names what was added, changed and removed, and nothing else', () => {
  const before = fleet({ agents: { a: agent('x'), b: agent('x'), c: agent('x') } });
  const after = fleet({ agents: { a: agent('x'), b: agent('y'), d: agent('x') } });
  expect(diffFleets(before, after)).toMatchObject({
    addedAgents: ['d'],
    changedAgents: ['b'],
    removedAgents: ['c'],
  });
});

test('fleet diff: another context changes every agent', () => {
  const before = fleet({ agents: { a: agent('x') } });
  const after = fleet({ agents: { a: agent('x') }, context: { env: { A: '1' } } });
  expect(diffFleets(before, after).changedAgents).toEqual(['a']);
});

test('fleet diff: what is read at the start only is said to wait', () => {
  expect(diffFleets(fleet({}), fleet({ recovery: { default: 'off' } })).waiting).toEqual(['recovery']);
  expect(diffFleets(fleet({}), fleet({ anomalies: { limit: 10 } })).waiting).toEqual(['anomalies']);
});
